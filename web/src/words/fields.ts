import { common } from './fields/common'
import { devices } from './fields/devices'
import { marketing } from './fields/marketing'
import { money } from './fields/money'
import { operations } from './fields/operations'
import { orders } from './fields/orders'
import { people } from './fields/people'
import { figures } from './fields/figures'
import type { Words } from './words'

/** Labels of fields, by the name that the server gives them. */
export const fields: Record<string, Words> = {
  ...common,
  ...people,
  ...devices,
  ...orders,
  ...money,
  ...marketing,
  ...operations,
  ...figures,
}
