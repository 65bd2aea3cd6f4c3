export interface Point {
  /** Unix seconds. */
  at: number
  mean_w: number
}

/** Minutes without a measurement break the line after that long. */
const GAP_S = 180

/** Points of a chart in kW; where nothing was measured the line is broken, not drawn on. */
export function lineOf(points: readonly Point[]): [number, number | null][] {
  const line: [number, number | null][] = []
  let last: number | undefined
  for (const { at, mean_w } of points) {
    if (last !== undefined && at - last > GAP_S) line.push([(last + 60) * 1000, null])
    line.push([at * 1000, mean_w / 1000])
    last = at
  }
  return line
}
