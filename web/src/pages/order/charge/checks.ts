import { kwh, money } from '@/parts/value/format'
import type { Words } from '@/words/words'
import type { Order } from './flags'

/** A sum of a bill, done again. */
export interface Check {
  words: Words
  holds: boolean
}

/** Energies come in ten-thousandths of a kWh. */
const sameKwh = (a: number, b: number) => Math.abs(a - b) < 0.000_15
/** Sums are done again only where the account may see all of their numbers. */
const areSeen = (...numbers: unknown[]) => numbers.every((each) => typeof each === 'number')
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** Whether the numbers of an order agree with one another, told so that one can repeat it. */
export function checksOf(order: Order): Check[] {
  return [...energyChecks(order), ...billChecks(order), ...paymentChecks(order)]
}

function energyChecks({ meter_start_kwh, meter_end_kwh, total_kwh, bill, tiers }: Order): Check[] {
  const checks: Check[] = []
  if (typeof meter_start_kwh === 'number' && typeof meter_end_kwh === 'number') {
    const metered = meter_end_kwh - meter_start_kwh
    checks.push({
      words: [
        `电表 ${kwh(meter_end_kwh)} − ${kwh(meter_start_kwh)} = ${kwh(metered)}，计费 ${kwh(total_kwh)}`,
        `Meter ${kwh(meter_end_kwh)} − ${kwh(meter_start_kwh)} = ${kwh(metered)}; billed ${kwh(total_kwh)}`,
      ],
      holds: sameKwh(metered, total_kwh),
    })
  }
  const parts = bill?.lines.map((line) => line.kwh) ?? []
  if (parts.length > 0 && tiers?.length === 0) {
    checks.push({
      words: [
        `各时段合计 ${kwh(sum(parts))}，总电量 ${kwh(total_kwh)}`,
        `All periods ${kwh(sum(parts))}; energy ${kwh(total_kwh)}`,
      ],
      holds: sameKwh(sum(parts), total_kwh),
    })
  }
  return checks
}

function billChecks(order: Order): Check[] {
  const { final_amount_fen, elec_fen, service_fen, device_amount_fen } = order
  if (typeof final_amount_fen !== 'number') return []
  const checks: Check[] = []
  if (areSeen(elec_fen, service_fen)) {
    checks.push({
      words: [
        `电费 ${money(elec_fen)} + 服务费 ${money(service_fen)} = ${money(elec_fen + service_fen)}，账单 ${money(final_amount_fen)}`,
        `Electricity ${money(elec_fen)} + service ${money(service_fen)} = ${money(elec_fen + service_fen)}; bill ${money(final_amount_fen)}`,
      ],
      holds: elec_fen + service_fen === final_amount_fen,
    })
  }
  if (typeof device_amount_fen === 'number' && device_amount_fen > 0) {
    const apart = final_amount_fen - device_amount_fen
    checks.push({
      words: [
        `设备自己算得 ${money(device_amount_fen)}，相差 ${money(apart)}（以平台账单为准）`,
        `The device reckoned ${money(device_amount_fen)}, ${money(apart)} apart (the platform’s bill counts)`,
      ],
      holds: Math.abs(apart) <= 2,
    })
  }
  return checks
}

function paymentChecks(order: Order): Check[] {
  const { pay_mode, pay_status, final_amount_fen, discount_fen, payable_fen } = order
  if (!pay_mode || typeof final_amount_fen !== 'number') return []
  const checks: Check[] = []
  if (areSeen(discount_fen)) {
    checks.push({
      words: [
        `账单 ${money(final_amount_fen)} − 优惠 ${money(discount_fen)} = 应付 ${money(payable_fen)}`,
        `Bill ${money(final_amount_fen)} − discount ${money(discount_fen)} = payable ${money(payable_fen)}`,
      ],
      holds: final_amount_fen - discount_fen === payable_fen,
    })
  }
  const { paid_cash_fen, paid_gift_fen } = order
  if (pay_mode === 'wallet' && pay_status === 'paid') {
    checks.push({
      words: [
        `本金 ${money(paid_cash_fen)} + 赠金 ${money(paid_gift_fen)} = 实付 ${money(paid_cash_fen + paid_gift_fen)}`,
        `Cash ${money(paid_cash_fen)} + gifts ${money(paid_gift_fen)} = paid ${money(paid_cash_fen + paid_gift_fen)}`,
      ],
      holds: paid_cash_fen + paid_gift_fen === payable_fen,
    })
  }
  return checks
}
