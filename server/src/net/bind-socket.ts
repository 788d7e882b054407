import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import { CountError } from "../domain/count-error.ts";

/** For the owner and the group: in a pod the volume's group is that of its containers. */
const MODE = 0o660;

/**
 * Makes a server listen on a Unix socket. A socket that a killed process has left is taken over.
 *
 * @throws CountError `unavailable` when another process listens there, `invalid` for a path that cannot be had.
 */
export async function bindSocket<Where extends { readonly path: string }>(
  server: Server,
  where: Where,
): Promise<Where> {
  const { path } = where;
  await removeStale(path);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(socketError(error, path));
    server.once("error", failed);
    server.listen(path, () => {
      server.off("error", failed);
      resolve();
    });
  });
  chmodSync(path, MODE);
  return where;
}

async function removeStale(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) {
      throw new CountError("invalid", `${path} exists and is not a socket; choose another path, or remove it`);
    }
  } catch (error) {
    if (error instanceof CountError) throw error;
    // It is not there, or the folder is not; listening says which.
    return;
  }
  if (await isAnswered(path)) {
    throw new CountError("unavailable", `${path} is in use by another program, perhaps another agent`);
  }
  rmSync(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function socketError(error: NodeJS.ErrnoException, path: string): CountError {
  switch (error.code) {
    case "ENOENT":
      return new CountError("invalid", `the folder of ${path} does not exist: make it, or choose another path`, error);
    case "EACCES":
      return new CountError("invalid", `${path} may not be made by this user: choose another path`, error);
    default:
      return new CountError("unavailable", `cannot listen at ${path}: ${error.message}`, error);
  }
}
