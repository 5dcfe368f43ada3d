/** A small whole backup in the voice of a FortiGate, with a secret in it, for one FortiOS version. */
export function fortigateText(version: string): string {
  return `#config-version=FGVM64-${version}-FW-build2795-261001:opmode=0:vdom=0:user=admin
#conf_file_ver=1234
#buildno=2795
#global_vdom=1
config system global
    set hostname "outer"
    set timezone "Europe/Berlin"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.2 255.255.255.0
        set type physical
    next
    edit "dmz"
        set vdom "root"
        set ip 10.20.0.1 255.255.255.0
        set type physical
    next
end
config user local
    edit "fallback"
        set type password
        set passwd ENC c2VjcmV0
    next
end
config firewall address
    edit "partner"
        set subnet 198.51.100.0 255.255.255.0
    next
end
config firewall service custom
    edit "tcp-8443"
        set tcp-portrange 8443
    next
end
config firewall schedule recurring
    edit "always"
        set day sunday monday tuesday wednesday thursday friday saturday
    next
end
config firewall vip
    edit "vip-edge"
        set extip 203.0.113.10
        set mappedip "10.20.0.5"
        set extintf "wan1"
        set portforward enable
        set extport 443
        set mappedport 8443
    next
end
config firewall policy
    edit 12
        set name "partner to edge"
        set srcintf "wan1"
        set dstintf "dmz"
        set action accept
        set srcaddr "partner"
        set dstaddr "vip-edge"
        set schedule "always"
        set service "tcp-8443"
    next
    edit 5
        set srcintf "wan1"
        set dstintf "dmz"
        set srcaddr "partner"
        set dstaddr "vip-edge"
        set schedule "always"
        set service "tcp-8443"
    next
end
config router static
    edit 1
        set gateway 203.0.113.1
        set device "wan1"
    next
end
`
}
