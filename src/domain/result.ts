/** An expected failure: what is wrong, and what the reader does next. Never holds a secret. */
export type Problem = {
  readonly kind: string;
  readonly message: string;
  /** The next action for the person who reads it. */
  readonly next?: string;
  /** Where: file, line and column, or a key. */
  readonly at?: string;
};

export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error });

export const problem = (kind: string, message: string, next?: string): Problem =>
  next === undefined ? { kind, message } : { kind, message, next };

/** A problem on its way up through code that has nothing to say about it; the command line prints it without a stack. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(cause: Problem) {
    super(cause.message);
    this.problem = cause;
  }
}

export const orThrow = <T>(result: Result<T>): T => {
  if (result.ok) return result.value;
  throw new ProblemError(result.error);
};
