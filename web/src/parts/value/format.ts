import { locale } from '@/words/words'
import { grouped } from './grouped'

/** The zone of the platform's days, wherever somebody looks from: stations and bills are there. */
export const ZONE = 'Asia/Shanghai'

const formats = new Map<string, Intl.DateTimeFormat>()
function timeFormat(seconds: boolean): Intl.DateTimeFormat {
  const key = `${seconds}`
  const known = formats.get(key)
  if (known) return known
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: ZONE,
    dateStyle: 'short',
    timeStyle: seconds ? 'medium' : 'short',
  })
  formats.set(key, format)
  return format
}

/** `2026-11-22 12:34:56` out of Unix seconds. */
export const time = (seconds: number): string => timeFormat(true).format(seconds * 1000)

/** `12:34:56.789` out of Unix milliseconds. */
export function timeOfDay(ms: number): string {
  const text = timeFormat(true).format(ms).slice(11)
  return `${text}.${String(Math.trunc(ms) % 1000).padStart(3, '0')}`
}

/** `2026-11-22 12:34:56.789` out of Unix milliseconds. */
export const moment = (ms: number): string =>
  `${timeFormat(true).format(ms).slice(0, 10)} ${timeOfDay(ms)}`

/** `¥1,234.50` out of fen. */
export const money = (fen: number): string =>
  `${fen < 0 ? '-' : ''}¥${grouped(Math.abs(fen) / 100, 2)}`

export const kwh = (value: number): string => `${grouped(value, 0, 4)} kWh`

/** `7.00 kW`, `350 W` out of watts. */
export const power = (watts: number): string =>
  Math.abs(watts) >= 1000 ? `${grouped(watts / 1000, 2)} kW` : `${grouped(watts, 0, 1)} W`

/** `1 h 02 min`, `45 s` out of seconds. */
export function duration(seconds: number): string {
  const whole = Math.round(Math.abs(seconds))
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [hours, minutes, secs] = locale.value === 'zh' ? ['时', '分', '秒'] : [' h', ' min', ' s']
  if (h >= 48) return `${grouped(h / 24, 0, 1)}${locale.value === 'zh' ? ' 天' : ' d'}`
  if (h > 0) return `${h}${hours} ${String(min).padStart(2, '0')}${minutes}`
  return min > 0 ? `${min}${minutes} ${String(s).padStart(2, '0')}${secs}` : `${s}${secs}`
}

/** `12 ms`, `1.25 s` out of milliseconds. */
export const ms = (value: number): string =>
  Math.abs(value) < 1000 ? `${grouped(value, 0, 1)} ms` : `${grouped(value / 1000, 0, 2)} s`

/** `12.5 %` out of basis points. */
export const share = (bp: number): string => `${grouped(bp / 100, 0, 2)} %`

/** `12.5 %` out of a part of one. */
export const percent = (part: number): string => `${grouped(part * 100, 0, 2)} %`

export const number = (value: number): string => grouped(value, 0, 3)

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1)
  return `${grouped(value / 1000 ** step, 0, 1)} ${units[step]}`
}
