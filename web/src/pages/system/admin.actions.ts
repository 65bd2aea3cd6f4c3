import { me } from '@/api/session'
import type { Row } from '@/api/types'
import type { Action } from '@/parts/act/action'
import { proposed } from '@/parts/act/proposed'
import { org, pick, ROLES, secret, text, type Field } from '@/parts/form/fields'
import { time } from '@/parts/value/format'

export type Admin = Row<'/admins'>

const person: readonly Field[] = [
  text('real_name'),
  text('phone'),
  pick('role_ids', ROLES, {
    many: true,
    hint: ['没有角色的账号登录后什么也看不到', 'Without roles an account sees nothing'],
  }),
]
const isOther = ({ admin_id }: Admin) => admin_id !== me.value?.admin_id
const nameOf = ({ real_name, username }: Admin) => real_name || username

export const create: Action = {
  operation: 'POST /admins',
  label: ['新建管理员', 'New administrator'],
  fields: [
    text('username', {
      required: true,
      hint: ['3 至 32 位字母、数字、. _ -', '3 to 32 letters, digits, . _ -'],
    }),
    org('org_id', { required: true }),
    ...person,
    secret('password', {
      label: ['初始密码', 'First password'],
      hint: [
        '留空则随机生成并只显示一次；首次登录须修改',
        'None: a random one, shown once. It has to be changed at the first login',
      ],
    }),
  ],
  initial: () => ({ org_id: me.value?.org_id }),
  shows: ['password'],
}

export const actions: readonly Action<Admin>[] = [
  {
    operation: 'PUT /admins/{admin_id}',
    label: ['编辑', 'Edit'],
    load: 'GET /admins/{admin_id}',
    fields: person,
  },
  {
    operation: 'PUT /admins/{admin_id}/state',
    label: ['停用', 'Disable'],
    when: (admin) => admin.enabled && isOther(admin),
    danger: true,
    consequence: (admin) => [
      `${nameOf(admin)} 立即退出所有登录，不能再登录`,
      `${nameOf(admin)} is logged out everywhere and cannot log in`,
    ],
    body: () => ({ enabled: false }),
  },
  {
    operation: 'PUT /admins/{admin_id}/state',
    label: ['启用', 'Enable'],
    when: ({ enabled }) => !enabled,
    body: () => ({ enabled: true }),
  },
  {
    operation: 'POST /admins/{admin_id}/unlock',
    label: ['解锁', 'Unlock'],
    when: ({ locked_until }) => (locked_until ?? 0) * 1000 > Date.now(),
    consequence: ({ locked_until }) => [
      `因登录失败太多锁定至 ${time(locked_until ?? 0)}，解锁后可立即登录`,
      `Locked until ${time(locked_until ?? 0)} after failed logins; it can log in at once`,
    ],
  },
  {
    operation: 'POST /admins/{admin_id}/password',
    label: ['重置密码', 'Reset the password'],
    danger: true,
    when: isOther,
    consequence: (admin) => [
      `生成随机密码并只显示一次；${nameOf(admin)} 的动态验证码被取消，所有登录退出`,
      `A random password is shown once; the second factor of ${nameOf(admin)} is gone and all sessions end`,
    ],
    shows: ['password'],
  },
  {
    operation: 'DELETE /admins/{admin_id}/sessions',
    label: ['踢下线', 'Kick'],
    consequence: (admin) => [
      `${nameOf(admin)} 的所有登录立即退出，可以重新登录`,
      `All sessions of ${nameOf(admin)} end at once; it may log in again`,
    ],
    done: (answer) => {
      const { ended } = answer as { ended: number }
      return [`已退出 ${ended} 处登录`, `${ended} sessions ended`]
    },
  },
  {
    operation: 'POST /admins/{admin_id}/super',
    label: ['设为超级管理员', 'Make super'],
    when: (admin) => me.value?.is_super === true && !admin.is_super && isOther(admin),
    danger: true,
    consequence: (admin) => [
      `${nameOf(admin)} 将拥有全部权限；须由另一位超级管理员复核`,
      `${nameOf(admin)} gets every permission; another super administrator has to confirm`,
    ],
    done: proposed,
  },
]
