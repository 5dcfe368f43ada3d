/** A release of HAProxy. `series` orders them: 2.6 is 206, 3.2 is 302. */
export type HaproxyVersion = {
  readonly text: string
  readonly series: number
  readonly numbers: readonly number[]
  /** Nobody said which one runs. */
  readonly assumed: boolean
}

/** What Debian 12 ships and every fact here was measured on; assumed when nobody names the running version. */
const MEASURED = '2.6.12'

/** Reads what `haproxy -v` and `show version` print: `2.6.12-1+deb12u4`, `HAProxy version 3.0.5-1 2024/09/19`. */
export function readVersion(said: string | undefined): HaproxyVersion {
  const text = /\d+\.\d+(?:[.-][\w.+~-]+)?/.exec(said ?? '')?.[0]
  const used = text ?? MEASURED
  const numbers = (/^\d+(?:\.\d+)*/.exec(used)?.[0] ?? MEASURED).split('.').map(Number)
  return { text: used, series: seriesOf(numbers), numbers, assumed: text === undefined }
}

/** As people say it: `2.6`. */
export function printSeries(series: number): string {
  return `${Math.floor(series / 100)}.${series % 100}`
}

/** Whether the version is at least the one written, each number that is left out being 0 (src/tools.c compare_current_version). */
export function isAtLeast(version: HaproxyVersion, written: string): boolean {
  const wanted = (/^\d*(?:\.\d*)*/.exec(written)?.[0] ?? '').split('.').map(Number)
  for (let at = 0; at < 3; at++) {
    const difference = (version.numbers[at] ?? 0) - (wanted[at] ?? 0)
    if (difference !== 0) return difference > 0
  }
  // `2.6.12-1` wants one commit more than the release has.
  return !/^[\d.]+-\d*[1-9]/.test(written)
}

function seriesOf(numbers: readonly number[]): number {
  return (numbers[0] ?? 0) * 100 + (numbers[1] ?? 0)
}
