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
  locale.value = 'en'
  expect(alarmText('came back 7 times within 10 min')).toBe('came back 7 times within 10 min')
})

it('what nobody has translated stays', () => {
  locale.value = 'zh'
  expect(alarmText('short circuit')).toBe('short circuit')
})
