export { countService } from "./count-service.ts";
export { dayOf, type PartialDate, periodOf, toDate } from "./date.ts";
export * from "./gen/count/v1/count_pb.ts";
export { type Date, DateSchema } from "./gen/google/type/date_pb.ts";
export { METHOD_NUMBERS, methodFromName, methodName } from "./method.ts";
export { serviceDefinition } from "./service-definition.ts";
