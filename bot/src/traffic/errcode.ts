/** A refusal as Matrix clients read it (client-server specification, "Standard error response"), also clients of other origins. */

export class MatrixRefusal extends Error {
  override readonly name = 'MatrixRefusal';
  readonly status: number;
  readonly errcode: string;
  /** Seconds after which to try again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, errcode: string, sentence: string, retryAfter?: number, cause?: unknown) {
    super(sentence, { cause });
    this.status = status;
    this.errcode = errcode;
    this.retryAfter = retryAfter;
  }

  /** The headers that belong to it. */
  get headers(): Record<string, string> {
    return {
      'access-control-allow-origin': '*',
      ...(this.retryAfter === undefined ? {} : { 'retry-after': String(this.retryAfter), 'access-control-expose-headers': 'retry-after' }),
    };
  }

  get body(): { errcode: string; error: string; retry_after_ms?: number } {
    return { errcode: this.errcode, error: this.message, ...(this.errcode === 'M_LIMIT_EXCEEDED' && this.retryAfter !== undefined ? { retry_after_ms: this.retryAfter * 1000 } : {}) };
  }
}
