import { createPublicKey, randomUUID, verify } from 'node:crypto'
import { z } from 'zod'
import { type ForgeUser, RestRefusal, type RestReply } from './rest-call.ts'

/** A GitHub App that is installed on the repository. */
export type AppRegistration = {
  readonly appId: number
  readonly installationId: number
  /** PEM of the public half of the app's key. */
  readonly publicKey: string
  /** Who acts with its tokens: `sallyport[bot]`. */
  readonly login: string
}

/** Hands out installation tokens for a signed app token, as GitHub does. Tokens live as long as the process. */
export function installationTokens(app: AppRegistration | undefined) {
  const given = new Set<string>()
  return {
    userOf: (token: string): ForgeUser | undefined => (app && given.has(token) ? { login: app.login } : undefined),
    mint: (path: string, jwt: string | undefined): RestReply | undefined => {
      const installation = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1]
      if (installation === undefined) return undefined
      if (!app || jwt === undefined || !signedBy(app, jwt)) {
        throw new RestRefusal(401, 'A JSON web token could not be decoded')
      }
      if (Number(installation) !== app.installationId) throw new RestRefusal(404, 'Not Found')
      const token = `ghs_${randomUUID().replaceAll('-', '')}`
      given.add(token)
      // Octokit renews by the wall clock, whatever time the workspace plays.
      const expires_at = new Date(Date.now() + 3_600_000).toISOString()
      const permissions = { contents: 'write', pull_requests: 'write', metadata: 'read' }
      return { status: 201, body: { token, expires_at, permissions, repository_selection: 'selected' } }
    },
  }
}

const Claims = z.object({ iss: z.union([z.string(), z.number()]) })
function signedBy(app: AppRegistration, jwt: string): boolean {
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  try {
    const key = createPublicKey(app.publicKey)
    const claims = Claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
    if (String(claims.iss) !== String(app.appId)) return false
    return verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
