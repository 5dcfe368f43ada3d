import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'

/** Prints for a jsonb column. PostgreSQL keeps neither NUL nor half a surrogate pair, and people can paste both. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storable(inner) : inner))
}

/** The same text with every character that a database cannot keep shown as U+FFFD. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** Reads a stored document through its schema; a row that does not fit is a fault that names it. */
export function readDocument<T>(schema: z.ZodType<T>, what: string, document: unknown): T {
  const read = schema.safeParse(document)
  if (read.success) return read.data
  const says = `What is stored of ${what} cannot be read.`
  throw new Fault('STORE_ROW', says, new Error(z.prettifyError(read.error)))
}
