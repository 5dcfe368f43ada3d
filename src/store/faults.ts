import { Fault } from '../evidence/fault.ts'

/** Runs what may break in the database; whatever breaks becomes a Fault that says what was being done. */
export async function faultOf<T>(doing: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(
      'STORE',
      'My database did not answer as it should. Please try again in a minute.',
      new Error(doing, { cause: error }),
    )
  }
}
