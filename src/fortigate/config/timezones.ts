/**
 * FortiOS numbers its time zones before it names them (`set timezone 26`); newer releases write the IANA name.
 * Only numbers whose zone we are sure of are here: with another one, what depends on local time is unknown.
 */
const NUMBERED: Readonly<Record<string, string>> = {
  '01': 'Pacific/Midway',
  '02': 'Pacific/Honolulu',
  '03': 'America/Anchorage',
  '04': 'America/Los_Angeles',
  '05': 'America/Phoenix',
  '06': 'America/Denver',
  '07': 'America/Guatemala',
  '08': 'America/Chicago',
  '09': 'America/Mexico_City',
  '10': 'America/Regina',
  '11': 'America/Bogota',
  '12': 'America/New_York',
  '13': 'America/Indiana/Indianapolis',
  '14': 'America/Halifax',
  '16': 'America/St_Johns',
  '17': 'America/Sao_Paulo',
  '21': 'Atlantic/Azores',
  '22': 'Atlantic/Cape_Verde',
  '23': 'Africa/Monrovia',
  '24': 'Europe/London',
  '25': 'Europe/Berlin',
  '26': 'Europe/Belgrade',
  '27': 'Europe/Paris',
  '28': 'Europe/Warsaw',
  '30': 'Europe/Athens',
  '31': 'Europe/Bucharest',
  '32': 'Africa/Cairo',
  '33': 'Africa/Harare',
  '34': 'Europe/Helsinki',
  '35': 'Asia/Jerusalem',
  '36': 'Asia/Baghdad',
  '37': 'Asia/Kuwait',
  '38': 'Europe/Moscow',
  '40': 'Africa/Nairobi',
  '41': 'Asia/Tehran',
  '42': 'Asia/Dubai',
  '43': 'Asia/Baku',
  '44': 'Asia/Kabul',
  '46': 'Asia/Karachi',
  '47': 'Asia/Kolkata',
  '48': 'Asia/Kathmandu',
  '53': 'Asia/Bangkok',
  '55': 'Asia/Shanghai',
  '57': 'Asia/Kuala_Lumpur',
  '58': 'Australia/Perth',
  '59': 'Asia/Taipei',
  '60': 'Asia/Tokyo',
  '61': 'Asia/Seoul',
  '63': 'Australia/Adelaide',
  '64': 'Australia/Darwin',
  '65': 'Australia/Brisbane',
  '66': 'Australia/Sydney',
  '67': 'Pacific/Guam',
  '68': 'Australia/Hobart',
  '71': 'Pacific/Auckland',
}

/** The IANA zone of a `set timezone` value; undefined when it is neither a known number nor a zone. */
export function zoneOf(written: string): string | undefined {
  const zone = /^\d{1,2}$/.test(written) ? NUMBERED[written.padStart(2, '0')] : written
  if (zone === undefined || zone === '') return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone === '' ? undefined : zone
  } catch {
    return undefined
  }
}
