// Draws the coast line that the big screen's map lies on: land without any border, clipped to what is
// shown. Run it by hand (`node scripts/draw-coast.mjs`) when the part of the world or the detail changes.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { feature } from 'topojson-client'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const [WEST, EAST, SOUTH, NORTH] = [66, 144, 0, 58]
/** Hundredths of a degree: what lies nearer to the line between its neighbours is left out. */
const DETAIL = 4
/** Hundredths of a degree: smaller islands are left out. */
const LEAST = 12

const atlas = JSON.parse(readFileSync(at('../node_modules/world-atlas/land-50m.json'), 'utf8'))
const land = feature(atlas, atlas.objects.land)
const polygons = land.features
  .map(({ geometry }) => geometry)
  .flatMap(({ type, coordinates }) => (type === 'Polygon' ? [coordinates] : coordinates))

/** Sutherland and Hodgman: cuts a ring off at one edge after the other. */
function clipped(ring) {
  const edges = [
    [0, WEST, 1],
    [0, EAST, -1],
    [1, SOUTH, 1],
    [1, NORTH, -1],
  ]
  return edges.reduce((points, [axis, bound, sign]) => {
    const inside = (point) => (point[axis] - bound) * sign >= 0
    return points.flatMap((point, index) => {
      const before = points.at(index - 1)
      if (inside(point) === inside(before)) return inside(point) ? [point] : []
      const part = (bound - before[axis]) / (point[axis] - before[axis])
      const cut = [0, 1].map((each) => before[each] + part * (point[each] - before[each]))
      return inside(point) ? [cut, point] : [cut]
    })
  }, ring)
}

const distance = ([x, y], [ax, ay], [bx, by]) => {
  const length = Math.hypot(bx - ax, by - ay)
  if (length === 0) return Math.hypot(x - ax, y - ay)
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
}

/** Douglas and Peucker. */
function simplified(points) {
  if (points.length < 3) return points
  const [first, last] = [points[0], points.at(-1)]
  let [far, most] = [0, 0]
  points.forEach((point, index) => {
    const off = distance(point, first, last)
    if (off > most) [far, most] = [index, off]
  })
  if (most < DETAIL) return [first, last]
  return [...simplified(points.slice(0, far + 1)).slice(0, -1), ...simplified(points.slice(far))]
}

const spread = (ring, axis) => {
  const values = ring.map((point) => point[axis])
  return Math.max(...values) - Math.min(...values)
}
const rings = polygons
  .flat()
  .map((ring) => clipped(ring).map((point) => point.map((degrees) => Math.round(degrees * 100))))
  .filter((ring) => ring.length > 3 && Math.max(spread(ring, 0), spread(ring, 1)) > LEAST)
  .map(simplified)
  .filter((ring) => ring.length > 3)

writeFileSync(
  at('../src/pages/screen/show/map/coast.json'),
  JSON.stringify(rings.map((r) => r.flat())),
)
console.log(rings.length, 'rings,', rings.flat().length, 'points')
