/** Between the bench and the processes that it forks: calls by name, answered by number. */
export interface CallMessage {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface AnswerMessage {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
