import type { Answer, Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { DEVICES, number, pick, reason } from '@/parts/form/fields'

export type Certification = Row<'/ops/certifications'>
export type CertificationDetail = Answer<'GET /ops/certifications/{certification_id}'>

export const beginCertification: Action = {
  operation: 'POST /ops/certifications',
  label: ['开始认证', 'Certify'],
  wide: true,
  consequence: () => [
    '认证会占用设备数天，期间会真实充电，有的步骤需要现场人员配合（页面会提示）。缩短时长的认证即使通过也不算正式认证',
    'It takes the device for days and charges for real; some steps need somebody at the device, who is told what to do. What is shortened does not certify',
  ],
  fields: [
    pick('phy_id', DEVICES, { required: true }),
    number('port_no', { min: 1, hint: ['默认 1', '1 when empty'] }),
    number('cycles', {
      min: 1,
      label: ['完整充电次数', 'Full charges'],
      hint: ['默认 100', '100 when empty'],
    }),
    number('charge_s', {
      min: 1,
      label: ['单次充电秒数', 'Seconds of a charge'],
      hint: ['默认 420（7 分钟）', '420 when empty'],
    }),
    number('continuous_s', {
      min: 1,
      label: ['连续运行秒数', 'Seconds without an interruption'],
      hint: ['默认 1 天', 'A day when empty'],
    }),
    number('stability_s', {
      min: 1,
      label: ['稳定性秒数', 'Seconds without a failed charge'],
      hint: ['默认 7 天', 'A week when empty'],
    }),
    number('patience_s', {
      min: 1,
      label: ['等待现场操作秒数', 'Seconds to wait for somebody at the device'],
      hint: ['默认 1800', '1800 when empty'],
    }),
  ],
  initial: (row) => ({ phy_id: row.phy_id, port_no: 1 }),
  done: () => ['认证已开始，可在列表里看进度', 'It has begun: the list tells how far it is'],
}

export const cancelCertification: Action<Certification> = {
  operation: 'POST /ops/certifications/{certification_id}/cancel',
  label: ['终止', 'End it'],
  when: ({ state }) => state === 'running',
  danger: true,
  consequence: ({ phy_id }) => [
    `${phy_id} 正在进行的测试充电会停止，认证作废`,
    `The test charge of ${phy_id} is stopped and the certification is void`,
  ],
  fields: [reason],
  initial: () => ({}),
}

export const certify: Action<Certification> = {
  operation: 'PUT /ops/certified-models',
  label: ['列为已认证', 'Call it certified'],
  when: ({ state, passed, full, device_model, firmware_version }) =>
    state === 'done' && passed === true && full && Boolean(device_model && firmware_version),
  params: () => ({}),
  consequence: ({ device_model, firmware_version }) => [
    `型号 ${device_model ?? ''} 固件 ${firmware_version ?? ''} 将对外标为“已认证”`,
    `${device_model ?? ''} with firmware ${firmware_version ?? ''} may be called certified`,
  ],
  body: (_, { device_model, firmware_version }) => ({
    device_model,
    firmware_version,
    certified: true,
  }),
}

export const takeCertificateAway: Action<Row<'/ops/certified-models'>> = {
  operation: 'PUT /ops/certified-models',
  label: ['取消认证', 'Not certified any more'],
  when: ({ certified }) => certified,
  danger: true,
  params: () => ({}),
  consequence: ({ device_model, firmware_version }) => [
    `型号 ${device_model} 固件 ${firmware_version} 不再标为“已认证”，设备照常工作`,
    `${device_model} with firmware ${firmware_version} is not called certified any more; devices go on working`,
  ],
  body: (_, { device_model, firmware_version }) => ({
    device_model,
    firmware_version,
    certified: false,
  }),
}
