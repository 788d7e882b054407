import { countService } from "@count/proto";
import { Server } from "@grpc/grpc-js";
import pg from "pg";
import { listen } from "../process/listen.ts";
import { serveCalls } from "../process/serve-calls.ts";
import { addHandler } from "./add.ts";
import { listHandler } from "./list.ts";

// Stores and reads as the original does, in the same language as Count.

const POOL_SIZE = 4;

async function start(dbUrl: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: dbUrl, max: POOL_SIZE });
  pool.on("error", () => undefined);
  const server = new Server();
  server.addService(
    { add: countService.add, listDailyTotals: countService.listDailyTotals },
    { add: addHandler(pool), listDailyTotals: listHandler(pool) },
  );
  return await listen(server);
}

serveCalls({ start });
