export { CountError, type CountErrorCode } from "./domain/count-error.ts";
