import { describe, expect, it } from 'vitest'
import { checksOf } from './checks'
import type { Order } from './flags'
import { summaryOf } from './summary'

const order: Order = {
  abnormal: false,
  adjusted: false,
  amount: 20_000,
  bill: {
    elec_fen: 1543,
    service_fen: 475,
    total_fen: 2018,
    lines: [{ kind: 'sharp', kwh: 11.8671, elec_fen: 1543, service_fen: 475 }],
  },
  charge_mode: 4,
  created_at: 1_795_347_317,
  current_power: 0,
  device_amount_fen: 2017,
  device_phy_id: '32010600013534',
  discount_fen: 0,
  duration_sec: 712,
  elec_fen: 1543,
  end_time: 1_795_347_329,
  final_amount_fen: 2018,
  interrupted: false,
  meter_end_kwh: 431_246.4349,
  meter_start_kwh: 431_234.5678,
  occupancy_fen: 0,
  order_no: 'APP1795347317001',
  paid_cash_fen: 2018,
  paid_gift_fen: 0,
  pay_mode: 'wallet',
  pay_status: 'paid',
  payable_fen: 2018,
  peak_power: 89_991.9,
  port_no: 1,
  provisional: false,
  refund_fen: 17_982,
  refunded_fen: 0,
  service_fen: 475,
  settle_status: 'settled',
  source: 'app',
  splits: [],
  start_time: 1_795_347_317,
  status: 'completed',
  stop_requested: true,
  tiers: [],
  total_kwh: 11.8671,
}

describe('checks of an order', () => {
  it('all hold on a good one', () => {
    const checks = checksOf(order)
    expect(checks).toHaveLength(6)
    expect(checks.filter(({ holds }) => !holds)).toEqual([])
  })
  it('name the sum that does not', () => {
    const wrong = checksOf({ ...order, meter_end_kwh: 431_250, payable_fen: 1018 })
    expect(wrong.map(({ holds }) => holds)).toEqual([false, true, true, true, false, false])
  })
  it('leave out what a third party bills by itself', () => {
    expect(checksOf({ ...order, pay_mode: null })).toHaveLength(4)
  })
})

describe('the summary', () => {
  it('tells energy, bill and what went back', () => {
    const [zh] = summaryOf(order)
    expect(zh).toContain('11.8671 kWh')
    expect(zh).toContain('¥20.18（电费 ¥15.43，服务费 ¥4.75）')
    expect(zh).toContain('余 ¥179.82 已退回')
  })
  it('tells of one that never began', () => {
    const [, en] = summaryOf({
      ...order,
      start_time: null,
      status: 'cancelled',
      final_amount_fen: null,
    })
    expect(en).toContain('nothing flowed')
    expect(en).toContain('¥200.00 went back')
  })
})
