import { Random } from "../support/random.ts";
import { JumpingClock } from "./jumping-clock.ts";

/**
 * Loaded into a server before everything else: its `Date.now` jumps every now and then. `new Date()` does not, so that its log
 * can be read.
 */
const EVERY_MS = 700;

const clock = new JumpingClock(new Random(Math.floor(Math.random() * 2 ** 32)));
Date.now = () => clock.now();
setInterval(() => clock.jump(), EVERY_MS).unref();
