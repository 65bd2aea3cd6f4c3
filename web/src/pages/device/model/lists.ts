import type { Row } from '@/api/types'
import { defineList } from '@/parts/list/listPage'
import {
  beginCertification,
  cancelCertification,
  certify,
  takeCertificateAway,
} from '../model.actions'

export const certifications = defineList({
  page: 'device.model',
  list: '/ops/certifications',
  key: 'certification_id',
  detail: true,
  columns: [
    { field: 'certification_id', label: ['编号', 'No.'], width: 90 },
    'device_model',
    'firmware_version',
    'phy_id',
    'state',
    'passed',
    'score',
    { field: 'full', label: ['完整认证', 'In full'] },
    'created_by',
    'created_at',
    'ended_at',
  ],
  more: ['protocol', 'note'],
  filters: ['state', 'phy_id', 'device_model'],
  actions: [certify, cancelCertification],
  create: [beginCertification],
  mark: ({ passed }) => (passed === false ? 'warning' : undefined),
  empty: [
    '还没有认证。选一台在线设备“开始认证”，通过后该型号和固件可标为已认证',
    'No certification yet: begin one with a device that is online',
  ],
})

export const models = defineList({
  page: 'device.model',
  list: '/ops/certified-models',
  key: 'device_model',
  columns: [
    'device_model',
    'firmware_version',
    'certified',
    {
      field: 'certification_id',
      label: ['依据', 'By'],
      link: ({ certification_id }: Row<'/ops/certified-models'>) =>
        `/device/model/${certification_id}`,
    },
    'changed_by',
    'changed_at',
  ],
  actions: [takeCertificateAway],
  empty: ['还没有已认证的型号', 'No model is certified yet'],
})
