/**
 * `1,234.50`: a number with commas, and with `least` to `most` digits after the point.
 * `Intl` does the same, but the first page of a slow machine would wait for it to be read in.
 */
export function grouped(value: number, least: number, most = least): string {
  const [whole = '', part = ''] = rounded(Math.abs(value), most).toFixed(most).split('.')
  const digits = part.replace(/0+$/, '').padEnd(least, '0')
  const sign = value < 0 ? '-' : ''
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + (digits && `.${digits}`)
}

/** By its digits, as people do it: 1.005 is 1.01, though the number in between is a little less. */
const rounded = (value: number, digits: number): number =>
  shifted(Math.round(shifted(value, digits)), -digits)

function shifted(value: number, places: number): number {
  const [digits, power = '0'] = String(value).split('e')
  return Number(`${digits}e${Number(power) + places}`)
}
