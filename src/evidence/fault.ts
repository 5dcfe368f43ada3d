/**
 * The world broke: a device hung, a token was refused, a disk was full. Thrown inside adapters, caught once at the rim.
 * `says` is the one plain sentence a person may read; the cause is for the log only.
 */
export class Fault extends Error {
  readonly says: string
  readonly code: string

  constructor(code: string, says: string, cause?: unknown) {
    super(says, { cause })
    this.name = 'Fault'
    this.code = code
    this.says = says
  }
}
