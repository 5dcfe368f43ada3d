import type { HaproxyText } from '../text.ts'

/** Where a line stands: its own file, and its number there. */
export type LinePlace = { readonly file: string; readonly line: number }

/** Lines are numbered through all files that HAProxy is started with; people look for them in one. */
export function placeOf({ parts }: Pick<HaproxyText, 'parts'>, line: number): LinePlace {
  let place = parts[0]
  // A file without lines has nothing that stands in it.
  for (const part of parts) if (part.before < line) place = part
  return { file: place?.file ?? '', line: line - (place?.before ?? 0) }
}

/** `10-edge.cfg:12` */
export function citeLine({ text }: { readonly text: Pick<HaproxyText, 'parts'> }, line: number): string {
  const place = placeOf(text, line)
  return `${place.file}:${place.line}`
}
