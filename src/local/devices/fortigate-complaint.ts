/** How the device refuses: the status of HTTP, the number of the command line, and its words. */
export type Complaint = { readonly status: number; readonly error: number; readonly says: string }
/** Missing, invalid and unresolved things are 424 (failed dependency) unless the documents show another status. */
export function complain(status: number, error: number, says: string): Complaint {
  return { status, error, says }
}
