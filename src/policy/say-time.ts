/**
 * Moments and durations as people write them, in the company's time zone. Pure: the zone's rules come with the runtime's tables.
 */

/** `Fri 27 Nov 2026, 23:59` — and the seconds only when they are not 0 or 59, which close a minute. */
export function sayInstant(epochSeconds: number, timezone: string): string {
  const parts = new Map(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
      .formatToParts(new Date(epochSeconds * 1000))
      .map(({ type, value }) => [type, value]),
  )
  const seconds = parts.get('second') ?? '00'
  const clock = `${parts.get('hour')}:${parts.get('minute')}${seconds === '00' || seconds === '59' ? '' : `:${seconds}`}`
  return `${parts.get('weekday')} ${parts.get('day')} ${parts.get('month')} ${parts.get('year')}, ${clock}`
}

/** `3 days`, `2 hours 30 minutes`, `45 seconds`: the two largest units that are not zero. */
export function sayDuration(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
    ['second', 1],
  ] as const
  const words: string[] = []
  let rest = Math.max(0, Math.floor(seconds))
  for (const [name, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`)
  }
  return words.slice(0, 2).join(' ') || '0 seconds'
}

export function epochSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000)
}
