import { afterEach, expect, it } from 'vitest'
import { alarmText } from './alarms'
import { locale } from './words'

afterEach(() => (locale.value = 'zh'))

it('is told in the language that is shown', () => {
  locale.value = 'zh'
  expect(alarmText('device computed 4543 fen, billed 4130 fen')).toBe(
    '设备计算 ¥45.43，平台计费 ¥41.30',
  )
  expect(alarmText('came back 7 times within 10 min')).toBe('10 分钟内重连 7 次')
  expect(alarmText('bill held: longer than a day')).toBe('账单挂起：时长超过一天')
  expect(alarmText('start_charge: no answer after 3 attempts')).toBe('启动充电：下发 3 次没有应答')
  locale.value = 'en'
  expect(alarmText('came back 7 times within 10 min')).toBe('came back 7 times within 10 min')
})

it('is told in English where the server writes Chinese', () => {
  locale.value = 'en'
  expect(alarmText('充电成功率低: 充电成功率')).toBe('Charge success is low: Charge success')
  expect(alarmText('指标越限: 指令延迟')).toBe('A figure is beyond its bounds: Command latency')
  expect(alarmText('漏电保护触发')).toBe('Leakage')
  locale.value = 'zh'
  expect(alarmText('充电成功率低: 充电成功率')).toBe('充电成功率低: 充电成功率')
})

it('what nobody has translated stays', () => {
  locale.value = 'zh'
  expect(alarmText('short circuit')).toBe('short circuit')
})
