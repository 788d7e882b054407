/** The version of the bundle, and of the image that it runs unless told otherwise. A test compares it with package.json. */
export const VERSION = "0.1.0";
