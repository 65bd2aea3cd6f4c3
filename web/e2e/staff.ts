import { api, server } from './browser'
import { choosePassword } from './program'

const FIRST_PASSWORD = 'Begin-with-this-1'

/** Somebody who may do that much and no more. */
export async function hire(
  username: string,
  granted: readonly string[],
  at = server(),
): Promise<void> {
  const role = await api(
    'POST',
    '/api/v1/admin/roles',
    { code: username, name: username, granted },
    { at },
  )
  await api(
    'POST',
    '/api/v1/admin/admins',
    { username, org_id: 1, role_ids: [role.role_id], password: FIRST_PASSWORD },
    { at },
  )
  await choosePassword(at, username, FIRST_PASSWORD)
}
