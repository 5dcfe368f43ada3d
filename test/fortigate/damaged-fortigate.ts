/** Small configurations with a bit of everything, to be damaged. */
export const SEEDS: readonly string[] = [
  `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.1 255.255.255.0
        config ipv6
            set ip6-address 2001:db8::1/64
        end
    next
end
config firewall address
    edit "a"
        set subnet 10.0.0.0 255.255.255.0
    next
    edit "b \\"q\\""
        set comment "two
lines"
        set type iprange
        set start-ip 10.0.0.1
        set end-ip 10.0.0.9
    next
end
config firewall addrgrp
    edit "g"
        set member "a" "b \\"q\\""
    next
end
config firewall policy
    edit 7
        set srcintf "wan1"
        set dstintf "any"
        set srcaddr "g"
        set dstaddr "v"
        set service "ALL"
        set schedule "always"
        set action accept
        unset comments
    next
end
`,
  `config firewall vip
edit "v"
set extip 203.0.113.10
set mappedip '10.20.0.5'
config realservers
edit 1
set ip 10.20.0.5
set port 80
next
end
next
clone "v" to "w"
rename "w" to "x"
move "x" before "v"
end
config firewall addrgrp
edit "g"
append member "a"
unselect member "b"
select member "c" d\\ e
clear member
next
delete "g"
purge
end
`,
  `config vdom
edit root
next
end
config global
config system global
set timezone 04
end
end
config vdom
edit root
config router static
edit 0
set dst 10.0.0.0/8
set device "wan1"
next
end
config firewall schedule recurring
edit "always"
set day monday
set start 08:00
next
end
end
`,
  `FGT-1 # show system admin
config system admin
    edit "admin"
        set password ENC SH2abc+/=
        set ssh-public-key1 "ssh-rsa AAAA"
--More--\r         \r    next
end
FGT-1 # config vpn certificate local
set private-key "-----BEGIN PRIVATE KEY-----
MIIabc
-----END PRIVATE KEY-----"
`,
]

const PUTS = [
  ...[
    '',
    '"',
    "'",
    '\\',
    '\n',
    '\r\n',
    ' ',
    '#',
    '\u0000',
    '\ufffd',
    'end\n',
    'next\n',
    'edit 0\n',
    'edit "a"\n',
    'set ',
  ],
  ...[
    'config firewall policy\n',
    'config vdom\n',
    'config global\n',
    'unset type\n',
    'append member "g"\n',
    'rename "a" to "b"\n',
  ],
  ...[
    'clone "v" to "g"\n',
    'move 7 after 7\n',
    'purge\n',
    'delete 7\n',
    '999999999999',
    '-',
    '/',
    ':',
    '--More-- ',
    'F # set a\n',
  ],
]

/** The text with up to eight places cut, replaced, doubled or moved. */
export function damaged(text: string, random: () => number): string {
  let broken = text
  for (let left = 1 + Math.floor(random() * 8); left > 0; left -= 1) {
    const at = Math.floor(random() * broken.length)
    const to = at + Math.floor(random() * (random() < 0.2 ? 200 : 12))
    const put = random() < 0.7 ? PUTS[Math.floor(random() * PUTS.length)] : broken.slice(at, to).repeat(2)
    broken = broken.slice(0, at) + (put ?? '') + broken.slice(to)
  }
  return broken
}
