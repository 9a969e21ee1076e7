/** Times for people. All inputs are milliseconds; clock times are UTC, so that everybody reads the same. */

/** `0.4 s`, `42 s`, `3 min 05 s`, `30 min`, `1 h 12 min`, `2 d 3 h`. Negative counts as nothing. */
export function humanDuration(ms: number): string {
  const exact = Math.max(0, ms);
  if (exact < 9_950) return `${(exact / 1000).toFixed(1)} s`;
  const seconds = Math.round(exact / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60 === 0 ? '' : ` ${twoDigits(seconds % 60)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${rest}`;
  const minutes = Math.round(exact / 60_000);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.round(exact / 3_600_000);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `12:05 UTC`; with the day in front (`21 Nov, 12:05 UTC`) when `beside` lies on another day. */
export function clockTime(at: number, beside: number): string {
  const date = new Date(at);
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())} UTC`;
  const sameDay = date.toISOString().slice(0, 10) === new Date(beside).toISOString().slice(0, 10);
  return sameDay ? time : `${date.getUTCDate()} ${months[date.getUTCMonth()]}, ${time}`;
}

/** `12:05:03` in UTC, for progress lines. */
export function utcClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `2026-11-20 12:05 UTC`. */
export function utcMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}
