import type { Answer } from '@/api/types'
import type { Action } from '@/parts/act/action'
import type { Words } from '@/words/words'

export type Module = Answer<'GET /ops/modules'>[number]

/** What stops while a module is off. */
const MEANWHILE: Record<string, Words> = {
  invoices: ['开票暂停，申请会排队', 'invoices wait'],
  promotions: ['优惠、积分暂停计算，恢复后补上', 'coupons and points wait and are caught up with'],
  feedback: ['评价和投诉暂停处理', 'reviews and complaints wait'],
  notices: [
    '告警通知和短信都不发送，没有人会被告知',
    'nobody is told of alarms, no message goes out',
  ],
  analytics: ['指标停止统计，恢复后补算', 'key figures are not counted until it is on again'],
  occupancy: ['不再产生占位费', 'no occupancy fee begins'],
  firmware: ['固件升级任务暂停', 'firmware campaigns stand still'],
  failure_risks: ['不再预测故障', 'failures are not predicted'],
  certification: ['设备认证暂停', 'certifications stand still'],
  cameras: ['摄像头状态不再检查', 'cameras are not looked after'],
  comm_log: ['通讯日志不再记录，之后无法补回', 'frames are not logged and cannot be had later'],
  exports: ['不能导出', 'nothing can be exported'],
  search: ['不能搜索', 'nothing can be searched'],
  interface_calls: ['接口调用不再统计', 'calls of interfaces are not counted'],
}
const CHARGING: Words = ['充电、结算不受影响', 'Charging and billing go on']

/** Only what charging does not need may be switched. */
export const mayRest = ({ tier }: Module): boolean => tier === 'L2' || tier === 'L3'

const switching = (
  to: 'on' | 'off' | 'auto',
  label: Words,
  consequence: (module: Module) => Words,
): Action<Module> => ({
  operation: 'PUT /ops/modules/{module}',
  label,
  when: (module) => mayRest(module) && module.switch !== to,
  danger: to === 'off',
  body: () => ({ switch: to }),
  consequence,
  done: (_, { name_zh, name_en }) => [`${name_zh}：${label[0]}`, `${name_en}: ${label[1]}`],
})

export const switches: readonly Action<Module>[] = [
  switching('off', ['关闭模块', 'Switch off'], ({ module, name_zh, name_en }) => {
    const stops = MEANWHILE[module]
    return [
      `关闭“${name_zh}”后：${stops?.[0] ?? '该模块的工作停止'}。${CHARGING[0]}，一分钟内对所有节点生效`,
      `While ${name_en} is off, ${stops?.[1] ?? 'its work stands still'}. ${CHARGING[1]}; within a minute on all nodes`,
    ]
  }),
  switching('on', ['设为常开', 'Always on'], ({ name_zh, name_en }) => [
    `“${name_zh}”将一直运行，数据库或队列吃紧时也不会自动让路`,
    `${name_en} always runs, also while the database or a queue is in trouble`,
  ]),
  switching('auto', ['设为自动', 'Automatic'], ({ name_zh, name_en }) => [
    `“${name_zh}”平时运行，数据库或队列吃紧时自动暂停，好转后恢复`,
    `${name_en} runs, and rests by itself while the database or a queue is in trouble`,
  ]),
  {
    operation: 'PUT /ops/modules/{module}',
    label: ['恢复默认', 'As by default'],
    when: (module) => mayRest(module) && module.switched_by != null,
    body: () => ({ switch: null }),
  },
]

export const TIERS: readonly { tier: string; title: Words; meaning: Words }[] = [
  {
    tier: 'L0',
    title: ['L0 核心', 'L0 core'],
    meaning: [
      '充电离不开的部分，永不降级；出问题时宁可拒绝新充电，也不算错钱',
      'Charging needs it; it never rests. New charges are refused rather than money lost',
    ],
  },
  {
    tier: 'L1',
    title: ['L1 关键', 'L1 key'],
    meaning: [
      '主流程的一部分；失败会排队重试，充电继续',
      'Part of the main flow: what fails is queued and tried again while charging goes on',
    ],
  },
  {
    tier: 'L2',
    title: ['L2 一般', 'L2 general'],
    meaning: ['可以暂停，恢复后补上；用户会察觉', 'May rest and is caught up with; users notice'],
  },
  {
    tier: 'L3',
    title: ['L3 外围', 'L3 peripheral'],
    meaning: ['可以丢弃；用户不会察觉', 'May be dropped; users do not notice'],
  },
]
