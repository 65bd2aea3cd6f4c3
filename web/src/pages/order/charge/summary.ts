import { duration, kwh, money, time } from '@/parts/value/format'
import { shown } from '@/parts/value/shown'
import type { Words } from '@/words/words'
import type { Order } from './flags'

/** An order in a few sentences that one can read to the customer, or send. */
export function summaryOf(order: Order): Words {
  const parts = [began(order), charged(order), billed(order), settled(order)].filter(
    (part) => part !== undefined,
  )
  return [parts.map(([zh]) => zh).join(''), parts.map(([, en]) => en).join(' ')]
}

function began({
  order_no,
  start_time,
  created_at,
  station,
  device_phy_id,
  port_no,
}: Order): Words {
  const where = station ?? device_phy_id
  const at = time(start_time ?? created_at)
  return start_time
    ? [
        `订单 ${order_no}：${at} 在${where} ${device_phy_id} 的 ${port_no} 号口开始充电`,
        `Order ${order_no}: began at ${at} at ${where}, ${device_phy_id}, port ${port_no}`,
      ]
    : [
        `订单 ${order_no}：${at} 在${where} ${device_phy_id} 的 ${port_no} 号口下单，未开始充电`,
        `Order ${order_no}: made at ${at} for ${where}, ${device_phy_id}, port ${port_no}; nothing flowed`,
      ]
}

function charged(order: Order): Words | undefined {
  const { start_time, end_time, duration_sec, total_kwh, status } = order
  if (!start_time) return ['。', '.']
  const so_far: Words = [
    `充电 ${duration(duration_sec)}，电量 ${kwh(total_kwh)}`,
    `${duration(duration_sec)}, ${kwh(total_kwh)}`,
  ]
  if (status === 'charging') return [`，已${so_far[0]}，仍在进行。`, `, ${so_far[1]} so far.`]
  const why = order.end_reason ? shown('end_reason', order.end_reason, 'tag') : ''
  return [
    `，${end_time ? `${time(end_time)} ` : ''}结束${why ? `（${why}）` : ''}，${so_far[0]}。`,
    `, ended ${end_time ? `at ${time(end_time)} ` : ''}${why ? `(${why})` : ''}: ${so_far[1]}.`,
  ]
}

function billed(order: Order): Words | undefined {
  const { final_amount_fen, elec_fen, service_fen, discount_fen, payable_fen, occupancy_fen } =
    order
  if (typeof final_amount_fen !== 'number') return undefined
  const less = discount_fen > 0
  const plug = occupancy_fen > 0
  return [
    `费用 ${money(final_amount_fen)}（电费 ${money(elec_fen)}，服务费 ${money(service_fen)}）${less ? `，优惠 ${money(discount_fen)}，应付 ${money(payable_fen)}` : ''}${plug ? `，占位费 ${money(occupancy_fen)}` : ''}。`,
    `It cost ${money(final_amount_fen)} (electricity ${money(elec_fen)}, service ${money(service_fen)})${less ? `, ${money(discount_fen)} off: ${money(payable_fen)}` : ''}${plug ? `, ${money(occupancy_fen)} for the plug left in` : ''}.`,
  ]
}

function settled(order: Order): Words | undefined {
  const { amount, refund_fen, refunded_fen, status, final_amount_fen, pay_mode } = order
  if (status === 'pending' || status === 'charging') return undefined
  const back = typeof final_amount_fen === 'number' ? refund_fen : amount
  const held: Words =
    amount > 0
      ? [
          `开始时预付或冻结 ${money(amount)}，余 ${money(back)} ${pay_mode ? '已退回原处' : '由下单平台退还'}。`,
          `Of ${money(amount)} prepaid or held ${money(back)} ${pay_mode ? 'went back' : 'is given back by the platform that ordered it'}.`,
        ]
      : ['', '']
  const after: Words =
    refunded_fen > 0
      ? [`事后又退款 ${money(refunded_fen)}。`, `${money(refunded_fen)} was refunded since.`]
      : ['', '']
  return [held[0] + after[0], [held[1], after[1]].filter(Boolean).join(' ')]
}
