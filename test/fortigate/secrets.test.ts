import { createPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineTrace } from '../../src/fortigate/config/line-trace.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'

/** Everything that leaves the reader about a configuration: its text, problems, evidence of every line, coverage, a difference. */
function everythingSaid(text: string): string {
  const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
  const traces = text.split('\n').map((_, index) => lineTrace(device, index + 1).says)
  const before = redactFortigate(text)
  const after = redactFortigate(text.replace('set alias "x"', 'set alias "y"'))
  const said = [before, redactFortigate(text, 'key'), createPatch('fw.conf', before, after)]
  return JSON.stringify([said, traces, device.problems, device.coverage])
}

/** One line, or several, that hold the secret; where they may stand. */
const FORMS: readonly ((secret: string) => string)[] = [
  (s) =>
    `config system admin\nedit "a"\nset password ENC ${s}\nset history0 ENC ${s}\nset history1 ENC ${s}\nnext\nend\n`,
  (s) => `config system admin\nedit "a"\nset password ${s}\nset passw ${s}\nnext\nend\n`,
  (s) =>
    `config vpn ipsec phase1-interface\nedit "t"\nset psksecret ${s}\nset psksecret-remote "${s}"\nset authpasswd '${s}'\nnext\nend\n`,
  (s) =>
    `config wireless-controller vap\nedit "w"\nset passphrase "${s} ${s}"\nset sae-password ${s}\nset key ${s}\nnext\nend\n`,
  (s) => `config system snmp community\nedit 1\nset name "${s}"\nnext\nend\n`,
  (s) => `config system snmp user\nedit "u"\nset auth-pwd ${s}\nset priv-pwd ENC ${s}\nnext\nend\n`,
  (s) => `config user radius\nedit "r"\nset secret ${s}\nset secondary-secret ENC ${s}\nnext\nend\n`,
  (s) => `config user tacacs+\nedit "t"\nset key ${s}\nset secondary-key ${s}\nset tertiary-key "${s}"\nnext\nend\n`,
  (s) =>
    `config router ospf\nconfig ospf-interface\nedit "o"\nset authentication-key ${s}\nset md5-key 1 "${s}"\nnext\nend\nend\n`,
  (s) => `config router key-chain\nedit "k"\nconfig key\nedit 1\nset key-string ${s}\nnext\nend\nnext\nend\n`,
  (s) => `config router isis\nset auth-password-l1 ${s}\nset auth-password-l2 "${s}"\nend\n`,
  (s) =>
    `config system sdn-connector\nedit "c"\nset secret-key ${s}\nset client-secret "${s}"\nset api-key ENC ${s}\nnext\nend\n`,
  (s) =>
    `config vpn certificate local\nedit "c"\nset password ENC ${s}\nset private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n${s}\n${s}\n-----END ENCRYPTED PRIVATE KEY-----"\nnext\nend\n`,
  (s) => `config vpn certificate local\nedit "c"\nset private-key "-----BEGIN RSA PRIVATE KEY-----\n${s}\n${s}\n`,
  (s) => `config system admin\nedit "a"\nset password "${s}\n${s}"\nnext\nend\n`,
  (s) => `config system admin\nedit "a"\nset password "${s}\n${s}\nend\n`,
  (s) => `config system interface\nedit "p"\nset password a\\ ${s}\nset pptp-password "${s} \\" ${s}"\nnext\nend\n`,
  (s) => `conf sys adm\nedi "a"\nappend password "${s}"\nselect token ${s}\nnext\nend\n`,
  (s) => `FGT-1 (admin) # set password ${s}\n# password ${s}\npassword: ${s}\n--More-- set psksecret ${s}\n`,
]

const secret = fc.stringMatching(/^[A-Za-z0-9+/=]{20,40}$/).map((text) => `Zq${text}`)

describe('a secret', () => {
  test('of any kind, in any place, is in nothing that is said of a configuration', () => {
    fc.assert(
      fc.property(secret, fc.shuffledSubarray([...FORMS], { minLength: 1, maxLength: 4 }), (hidden, forms) => {
        const text = [
          'config system interface\nedit "i"\nset alias "x"\nnext\nend\n',
          ...forms.map((form) => form(hidden)),
        ]
        expect(everythingSaid(text.join(''))).not.toContain(hidden)
        expect(everythingSaid(text.join('').replaceAll('\n', '\r\n'))).not.toContain(hidden)
      }),
      { numRuns: 300 },
    )
  })

  test('each form alone, so that none hides behind another', () => {
    for (const form of FORMS)
      expect(everythingSaid(form('ZqHunter2Hunter2Hunter2')), form('…')).not.toContain('ZqHunter2')
  })

  test('is told from what only sounds like one', () => {
    const plain =
      'set password-policy enable\nset key-id 3\nset passive enable\nset comment "token ring"\nset tcp-portrange 443\n'
    expect(redactFortigate(plain)).toBe(plain)
  })
})
