/** A part of the plane that the map is drawn on: degrees east, and Mercator's degrees south. */
export interface View {
  x: number
  y: number
  width: number
  height: number
}

const RADIANS = Math.PI / 180

/** Where a latitude is on the plane, counted downwards. */
export const down = (lat: number): number =>
  -Math.log(Math.tan(Math.PI / 4 + (lat * RADIANS) / 2)) / RADIANS

/** The latitude at a place of the plane. */
export const latitudeAt = (y: number): number =>
  (2 * Math.atan(Math.exp(-y * RADIANS)) - Math.PI / 2) / RADIANS

/** Room around what is shown, in parts of it. */
const MARGIN = 0.2

/** The least view that shows all points with room around them, as wide as `aspect` says. */
export function viewOf(
  points: readonly { lng: number; lat: number }[],
  aspect: number,
  least: number,
): View {
  const xs = points.map(({ lng }) => lng)
  const ys = points.map(({ lat }) => down(lat))
  const [west, east] = [minimum(xs), maximum(xs)]
  const [top, bottom] = [minimum(ys), maximum(ys)]
  const roomy = 1 + 2 * MARGIN
  const height = Math.max((bottom - top) * roomy, ((east - west) * roomy) / aspect, least)
  const width = height * aspect
  return { x: (west + east - width) / 2, y: (top + bottom - height) / 2, width, height }
}
// Spreading ten thousand numbers over arguments has its limits.
const minimum = (all: readonly number[]) => all.reduce((a, b) => Math.min(a, b), Infinity)
const maximum = (all: readonly number[]) => all.reduce((a, b) => Math.max(a, b), -Infinity)

const KM_PER_DEGREE = 111.32

/** A round length in km that is about a part of the view wide, with the part that it is. */
export function scaleOf({ y, width, height }: View): { km: number; part: number } {
  const wide = width * KM_PER_DEGREE * Math.cos(latitudeAt(y + height / 2) * RADIANS)
  const about = wide / 8
  const decade = 10 ** Math.floor(Math.log10(about))
  const km = [5, 2, 1].map((step) => step * decade).find((length) => length <= about) ?? decade
  return { km, part: km / wide }
}
