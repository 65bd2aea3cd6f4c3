import { proposed } from '@/parts/act/proposed'
import type { Action } from '@/parts/act/action'
import { DEVICES, long, money, number, pick, reason } from '@/parts/form/fields'
import { kwh, money as yuan } from '@/parts/value/format'
import { reasonText } from '@/words/reasons'
import type { Order } from './charge/flags'

const isActive = ({ status }: Order) => status === 'pending' || status === 'charging'
/** What can still be given back of a bill. */
export const refundable = ({ payable_fen, refunded_fen }: Order): number =>
  Math.max(payable_fen - refunded_fen, 0)

/** What can be done without an order. */
export const startTest: Action = {
  operation: 'POST /devices/{phy_id}/test-charge',
  label: ['试充', 'Test charge'],
  consequence: () => [
    '立即启动所选端口，不收费，订单来源记为测试；到时自动停止',
    'The port charges at once. Nobody pays; the order’s source is a test; it stops by itself',
  ],
  initial: () => ({ duration: 600, port_no: 1 }),
  params: (_, { phy_id }) => ({ phy_id: String(phy_id) }),
  fields: [
    pick('phy_id', DEVICES, { required: true }),
    number('port_no', { required: true, min: 1 }),
    number('duration', {
      required: true,
      min: 60,
      max: 7200,
      label: ['最长时间（秒）', 'Seconds at most'],
    }),
  ],
  body: ({ port_no, duration }) => ({ port_no, duration }),
  done: (answer) => {
    const { order_no } = answer as { order_no: string }
    return [`已启动，订单 ${order_no}`, `Started: order ${order_no}`]
  },
}

/** What can be done to an order. */
export const orderActions: readonly Action<Order>[] = [
  {
    operation: 'POST /orders/{order_no}/stop',
    label: ['停止充电', 'Stop'],
    danger: true,
    when: (order) => isActive(order) && !order.stop_requested,
    consequence: ({ status, total_kwh, port_no }) =>
      status === 'pending'
        ? [
            `${port_no} 号口还没有开始充电，订单将取消，不收费`,
            `Port ${port_no} has not begun: the order is cancelled, nothing is billed`,
          ]
        : [
            `${port_no} 号口立即停止，按已充的 ${kwh(total_kwh)} 结算，余款退回`,
            `Port ${port_no} stops now; ${kwh(total_kwh)} is billed, the rest goes back`,
          ],
    initial: () => ({}),
    fields: [reason],
    done: () => ['已下发停止，等待设备上报结束', 'The device was told to stop'],
  },
  {
    operation: 'POST /devices/{phy_id}/query',
    label: ['召测端口', 'Ask the port'],
    when: isActive,
    params: ({ device_phy_id }) => ({ phy_id: device_phy_id }),
    body: (_, { port_no }) => ({ port_no, wait: 10 }),
  },
  {
    operation: 'POST /orders/{order_no}/refund',
    label: ['退款', 'Refund'],
    when: (order) => order.status === 'completed' && refundable(order) > 0,
    consequence: (order) => [
      `最多可退 ${yuan(refundable(order))}。提交后由第二人复核；分给商户和代理商的部分按比例扣回。`,
      `At most ${yuan(refundable(order))}. A second person has to agree; what others earned by it is taken back in proportion.`,
    ],
    initial: () => ({}),
    fields: (order) => [
      money('amount_fen', { required: true, min: 1, max: refundable(order) }),
      reason,
    ],
    done: proposed,
  },
  {
    operation: 'POST /orders/{order_no}/review',
    label: ['复核账单', 'Decide on the bill'],
    when: ({ settle_status }) => settle_status === 'error',
    consequence: ({ total_kwh }) => [
      `设备记录为 ${kwh(total_kwh)}。填写电量则按所填重新结算，留空则按设备记录结算并立即扣款。`,
      `The device’s record says ${kwh(total_kwh)}. The bill is made of what you enter, or of the record when you leave it empty, and paid at once.`,
    ],
    initial: () => ({}),
    fields: [
      number('kwh', {
        min: 0,
        step: 0.1,
        label: ['核实的电量（kWh）', 'Proven energy (kWh)'],
        hint: ['留空：设备记录无误', 'Empty: the record is right'],
      }),
      reason,
    ],
  },
  {
    operation: 'POST /orders/{order_no}/handle',
    label: ['处理异常', 'Handle'],
    when: ({ abnormal, handled_at, settle_status }) =>
      abnormal && !handled_at && settle_status !== 'error',
    consequence: ({ abnormal_reason }) => [
      `${reasonText(abnormal_reason ?? '') || '异常结束'}。记下核实结果后移出待处理；账单不变，要退款或更正请用相应操作。`,
      `${abnormal_reason ?? 'Ended abnormally'}. What you found is kept and the order waits no longer; its bill stays, refunds and corrections are actions of their own.`,
    ],
    initial: () => ({}),
    fields: [long('note', { required: true, label: ['核实结果', 'What you found'] })],
  },
  {
    operation: 'POST /orders/{order_no}/adjust',
    label: ['调整限额', 'Change limits'],
    when: ({ status }) => status === 'charging',
    consequence: ({ amount }) => [
      `当前预付 ${yuan(amount)}。只填要改的一项；新限额会立即下发设备。`,
      `Prepaid by now: ${yuan(amount)}. Fill in only what changes; the device is told at once.`,
    ],
    initial: () => ({}),
    fields: [
      money('amount', { min: 1, label: ['新的预付总额', 'Prepaid in all'] }),
      number('duration', { min: 60, label: ['新的总时长（秒）', 'Seconds in all'] }),
      number('kwh', { min: 0, step: 0.1, label: ['新的总电量（kWh）', 'Energy in all (kWh)'] }),
    ],
  },
  {
    operation: 'POST /ops/stuck-orders/{order_no}/fix',
    label: ['立即处置', 'Mend now'],
    when: (order) => isActive(order) && order.interrupted,
    consequence: () => [
      '按卡单规则立即处理该订单，并向设备核实',
      'What the rules of silent orders say is done now, and the device is asked',
    ],
  },
  {
    operation: 'POST /orders/{order_no}/finish',
    label: ['强制完成', 'Force to finish'],
    danger: true,
    when: ({ status }) => status === 'charging',
    consequence: ({ total_kwh, final_amount_fen, amount }) => [
      `按最后上报的 ${kwh(total_kwh)}${final_amount_fen ? `、${yuan(final_amount_fen)}` : ''} 结算${amount ? `，从预付 ${yuan(amount)} 中扣除，余款退回` : ''}，并让设备停止。需第二人复核。`,
      `It is billed on the last values, ${kwh(total_kwh)}${final_amount_fen ? `, ${yuan(final_amount_fen)}` : ''}${amount ? ` of ${yuan(amount)} prepaid; the rest goes back` : ''}; the device is told to stop. A second person has to confirm.`,
    ],
    initial: () => ({}),
    fields: [reason],
    done: proposed,
  },
  {
    operation: 'POST /orders/{order_no}/cancel',
    label: ['取消订单', 'Cancel'],
    danger: true,
    when: isActive,
    consequence: ({ total_kwh, amount }) => [
      `已充的 ${kwh(total_kwh)} 不收费${amount ? `，预付的 ${yuan(amount)} 全部退回` : ''}，并让设备停止。需第二人复核。`,
      `Nothing is billed for ${kwh(total_kwh)}${amount ? `; all of ${yuan(amount)} goes back` : ''}; the device is told to stop. A second person has to confirm.`,
    ],
    initial: () => ({}),
    fields: [reason],
    done: proposed,
  },
]
