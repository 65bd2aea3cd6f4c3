import { keyOf, renewed, type PortCell } from './cells'

/** A port with its values of this moment, as the server lists it. */
export interface Port extends PortCell {
  device_phy_id: string
  device_name?: string | null
  name?: string | null
  connector_id?: string | null
  type?: string | null
  protocol: string
  fault_code: number
  voltage?: number | null
  current?: number | null
  temp?: number | null
  remaining_min?: number | null
  plugged?: boolean | null
  rated_power_w?: number | null
  station_id?: number | null
  station_name?: string | null
  /** Unix seconds. */
  reported_at?: number | null
}

/** What the server answers: all ports, or those that have changed. */
export interface Told {
  items: readonly Port[]
  total: number
  /** From where to follow. */
  version: string
  whole: boolean
}

/**
 * The ports after what was told: all anew, or those that have changed in their places. Ports that
 * were not there come at the end as long as the page shows all of them.
 */
export function followed(before: readonly Port[], told: Told, showsAll: boolean): Port[] {
  if (told.whole) return renewed(before, told.items)
  const changed = new Map(told.items.map((port) => [keyOf(port), port]))
  const after = before.map((port) => {
    const key = keyOf(port)
    const now = changed.get(key)
    changed.delete(key)
    return now ?? port
  })
  return showsAll ? [...after, ...changed.values()] : after
}
