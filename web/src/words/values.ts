import { alarms } from './values/alarms'
import { causes } from './values/causes'
import { deeds } from './values/deeds'
import { devices } from './values/devices'
import { kpis } from './values/kpis'
import { money } from './values/money'
import { orders } from './values/orders'
import { people } from './values/people'
import { states } from './values/states'
import { settings } from './values/settings'
import { stationDetails } from './values/station_details'
import { stations } from './values/stations'
import { system } from './values/system'
import { tariffs } from './values/tariffs'
import { templates } from './values/templates'
import { figures } from './values/figures'
import type { Words } from './words'

/** Words of the server for people, by the word, or by field and word where one word means two things. */
export const values: Record<string, Words> = {
  ...states,
  ...orders,
  ...tariffs,
  ...people,
  ...money,
  ...stations,
  ...stationDetails,
  ...devices,
  ...alarms,
  ...system,
  ...deeds,
  ...kpis,
  ...templates,
  ...settings,
  ...causes,

  // Rules of invoices
  'review.special': ['专用发票', 'Special ones'],
  'review.all': ['全部', 'All'],
  'layout.two': ['电费、服务费两行', 'Electricity and service'],
  'layout.one': ['合并一行', 'One line'],
  'then.reissue_to': ['改开给另一购方', 'Issue to another buyer'],
  ...figures,
}
