/**
 * In a container a program is process 1, for which the kernel does nothing on SIGTERM or SIGINT unless the program listens: a pod that is
 * deleted while it starts, or a command without a handler of its own, would only end when its grace period does.
 * So this listens from the start, and ends the process where nobody else does.
 */
const NUMBERS = { SIGINT: 2, SIGTERM: 15 };

if (process.pid === 1) {
  for (const [name, number] of Object.entries(NUMBERS)) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit(128 + number);
    });
  }
}
