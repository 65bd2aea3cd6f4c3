import { alarms } from './values/alarms'
import { causes } from './values/causes'
import { devices } from './values/devices'
import { money } from './values/money'
import { orders } from './values/orders'
import { people } from './values/people'
import { states } from './values/states'
import { stations } from './values/stations'
import { system } from './values/system'
import { tariffs } from './values/tariffs'
import { templates } from './values/templates'
import type { Words } from './words'

/** Words of the server for people, by the word, or by field and word where one word means two things. */
export const values: Record<string, Words> = {
  ...states,
  ...orders,
  ...tariffs,
  ...people,
  ...money,
  ...stations,
  ...devices,
  ...alarms,
  ...system,
  ...templates,
  ...causes,
}
