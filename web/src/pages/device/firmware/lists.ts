import { defineList } from '@/parts/list/listPage'
import {
  addAddress,
  blockActions,
  campaignActions,
  imageActions,
  newCampaign,
  upload,
} from '../firmware.actions'

export const images = defineList({
  page: 'device.firmware',
  list: '/firmware',
  key: 'id',
  columns: [
    { field: 'id', label: ['编号', 'No.'], width: 80 },
    { field: 'family', label: ['协议', 'Protocol'], kind: 'tag' },
    'device_model',
    'version',
    { field: 'target', label: ['替换部分', 'Replaces'], kind: 'tag' },
    'file_name',
    { field: 'size', kind: 'bytes', label: ['大小', 'Size'] },
    'uploaded_by',
    'created_at',
  ],
  more: ['ftp', { field: 'sha256', kind: 'code' }, 'notes'],
  actions: imageActions,
  create: [upload, addAddress],
  empty: [
    '固件库是空的。上传固件文件，或登记设备自己下载的 FTP 地址',
    'The library is empty: upload an image, or add an FTP address that devices fetch from',
  ],
})

export const campaigns = defineList({
  page: 'device.firmware',
  list: '/firmware/campaigns',
  key: 'id',
  detail: true,
  columns: [
    { field: 'id', label: ['编号', 'No.'], width: 80 },
    'name',
    'state',
    { field: 'firmware_id', label: ['固件编号', 'Firmware'] },
    'first_wave',
    'wave',
    { field: 'failures_max_percent', label: ['失败上限 %', 'May fail, %'] },
    'pause_reason',
    'created_by',
    'created_at',
    'ended_at',
  ],
  actions: campaignActions,
  create: [newCampaign],
  mark: ({ pause_reason, state }) => (state === 'paused' && pause_reason ? 'danger' : undefined),
  empty: ['还没有升级任务', 'No campaign yet'],
})

export const blocks = defineList({
  page: 'device.firmware',
  list: '/ops/firmware-blocks',
  key: 'firmware_block_id',
  columns: [
    'device_model',
    { field: 'version_range', kind: 'code', label: ['版本范围', 'Versions'] },
    { field: 'devices', label: ['停用设备', 'Out of service'] },
    'reason',
    'created_by',
    'confirmed_by',
    'created_at',
    'lifted_by',
    'lifted_at',
  ],
  filters: ['state'],
  actions: blockActions,
  mark: ({ lifted_at }) => (lifted_at ? undefined : 'danger'),
  empty: ['没有被封禁的固件', 'No firmware is blocked'],
})
