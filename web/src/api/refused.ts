/** An answer that is no success. */
export class Refused extends Error {
  constructor(
    /** The HTTP status; 0: no answer came. */
    readonly status: number,
    message: string,
    /** What the refusal is about, as the server tells it. */
    readonly data: unknown = null,
    /** Names the call in the server's log. */
    readonly requestId = '',
  ) {
    super(message)
  }

  /** The field to blame, where there is one. */
  get field(): string | undefined {
    return this.part('field')
  }

  /** The permission that is lacking, where that is it. */
  get required(): string | undefined {
    return this.part('required')
  }

  private part(name: string): string | undefined {
    const { data } = this
    if (typeof data !== 'object' || data === null || !(name in data)) return undefined
    const value = (data as Record<string, unknown>)[name]
    return typeof value === 'string' ? value : undefined
  }
}
