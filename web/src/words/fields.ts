import type { Words } from './words'

/** Labels of fields, by the name that the server gives them. */
export const fields: Record<string, Words> = {
  order_no: ['订单号', 'Order'],
}
