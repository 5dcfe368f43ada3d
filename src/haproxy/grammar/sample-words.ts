import { readVocabulary, type Vocabulary } from './vocabulary.ts'

/** What a fetch or converter yields or takes. `addr` is an IPv4 or IPv6 address. */
export type WordType = 'bool' | 'int' | 'ipv4' | 'ipv6' | 'addr' | 'str' | 'bin' | 'meth' | 'any'

/** Where a sample is taken, in the order of `haproxy -dKsmp`: what is known in one place may be gone, or not yet there, in another. */
export const PLACES = {
  connection: 0,
  session: 1,
  content: 2,
  request: 3,
  switch: 5,
  backendContent: 6,
  backendRequest: 7,
  server: 9,
  responseContent: 11,
  response: 12,
  store: 14,
  frontendResponse: 16,
  log: 18,
  check: 19,
  parser: 20,
} as const

/** `args`: a letter an argument, those behind `?` may be left out. See `ArgumentLetter` in check-expression.ts. */
export type SampleWord = {
  readonly type: WordType
  readonly args: string
  readonly from: number
  readonly to: number
}
export type ConverterWord = { readonly takes: WordType; readonly type: WordType; readonly args: string }

const ALL = [0, 21] as const
const INTERNAL = [0, 19] as const
const REQUEST = [2, 10] as const
const RESPONSE = [11, 17] as const
const BACK = [11, 19] as const
const TLS = [1, 18] as const
const KEPT = [2, 18] as const
const FRONT = [0, 18] as const
const CONTENT = [2, 17] as const
const BACKEND = [6, 19] as const

type Group = readonly [where: readonly [number, number], type: WordType, args: string, names: string]

/** Fetches of 2.4 to 3.2; of 2.6 as the binary lists them (`haproxy -dKsmp`). */
const GROUPS: readonly Group[] = [
  [ALL, 'bool', '', 'always_false always_true quic_enabled@2.7'],
  [ALL, 'bool', 's', 'bool'],
  [ALL, 'int', '', 'date_us nbproc proc thread act_conn@3.0 pid@3.0 uptime@3.0'],
  [ALL, 'int', 'i', 'int'],
  [ALL, 'int', '?i', 'rand'],
  [ALL, 'int', '?is', 'date'],
  [ALL, 'str', '', 'hostname unique-id'],
  [ALL, 'str', 's', 'env str'],
  [ALL, 'str', '?i', 'uuid'],
  [ALL, 'ipv4', '4', 'ipv4'],
  [ALL, 'ipv6', '6', 'ipv6'],
  [ALL, 'bin', 'h', 'bin'],
  [ALL, 'meth', 's', 'meth'],
  [ALL, 'any', 'v?s', 'var'],
  [ALL, 'bool', 's?sssssssssss', 'acl@2.9'],
  [INTERNAL, 'bool', '', 'stopping wait_end'],
  [
    INTERNAL,
    'int',
    '',
    'cpu_calls cpu_ns_avg cpu_ns_tot last_rule_line@2.6 lat_ns_avg lat_ns_tot prio_class prio_offset bytes_in@3.0 bytes_out@3.0 txn.id32@3.0',
  ],
  [
    INTERNAL,
    'str',
    '',
    'last_rule_file@2.6 last_entity@3.1 waiting_entity@3.1 spoe.engine-id@3.1 term_events@3.2 txn.sess_term_state@3.0',
  ],
  [INTERNAL, 'int', '?b', 'avg_queue be_conn be_conn_free be_sess_rate connslots nbsrv queue'],
  [INTERNAL, 'int', '?f', 'fe_conn fe_req_rate fe_sess_rate'],
  [INTERNAL, 'bool', 'S', 'srv_is_up'],
  [INTERNAL, 'int', 'S', 'srv_conn srv_conn_free srv_iweight srv_queue srv_sess_rate srv_uweight srv_weight'],
  [INTERNAL, 'int', '?t', 'table_avl table_cnt'],
  [
    INTERNAL,
    'bool',
    '',
    'dst_is_local fc_dst_is_local fc_rcvd_proxy fc_src_is_local src_is_local internal.strm.is_htx',
  ],
  [INTERNAL, 'addr', '', 'dst fc_dst fc_src src'],
  [
    INTERNAL,
    'int',
    '',
    'dst_port fc_dst_port fc_err@2.5 fc_http_major fc_src_port src_port fc_glitches@2.8 fc_nb_streams@3.0 fc.timer.handshake@2.9',
  ],
  [INTERNAL, 'str', '', 'fc_err_str@2.5 fc_err_name@3.0 fc_pp_authority fc_pp_unique_id'],
  [INTERNAL, 'int', '?s', 'fc_fackets fc_lost fc_reordering fc_retrans fc_rtt fc_rttvar fc_sacked fc_unacked'],
  [INTERNAL, 'int', '?s', 'bc_rtt@2.8 bc_rttvar@2.8 accept_date@3.0'],
  [
    INTERNAL,
    'bin',
    '',
    'req.ssl_cipherlist@3.1 req.ssl_keyshare_groups@3.1 req.ssl_sigalgs@3.1 req.ssl_supported_groups@3.1',
  ],
  [FRONT, 'int', '', 'dst_conn fe_client_timeout fe_id so_id cur_client_timeout@3.0 fc.timer.total@2.9'],
  [FRONT, 'str', '', 'fe_defbe fe_name so_name'],
  [
    TLS,
    'bool',
    '',
    'ssl_c_used ssl_fc ssl_fc_has_crt ssl_fc_has_early ssl_fc_has_sni ssl_fc_is_resumed ssl_fc_early_rcvd@3.1',
  ],
  [
    TLS,
    'int',
    '',
    `ssl_c_ca_err ssl_c_ca_err_depth ssl_c_err ssl_c_verify ssl_c_version ssl_f_version ssl_fc_alg_keysize ssl_fc_cipherlist_xxh
    ssl_fc_err@2.5 ssl_fc_protocol_hello_id ssl_fc_use_keysize ssl_s_version fs.aborted@2.9 fs.rst_code@2.9 fc_settings_streams_limit@3.0`,
  ],
  [
    TLS,
    'bin',
    '',
    `ssl_c_chain_der ssl_c_der ssl_c_serial ssl_c_sha1 ssl_f_der ssl_f_serial ssl_f_sha1 ssl_fc_client_random ssl_fc_server_random
    ssl_fc_session_id ssl_fc_session_key ssl_fc_unique_id ssl_s_chain_der ssl_s_der ssl_s_serial ssl_s_sha1`,
  ],
  [
    TLS,
    'str',
    '',
    `ssl_c_key_alg ssl_c_notafter ssl_c_notbefore ssl_c_sig_alg ssl_f_key_alg ssl_f_notafter ssl_f_notbefore ssl_f_sig_alg ssl_fc_alpn
    ssl_fc_cipher ssl_fc_client_early_traffic_secret ssl_fc_client_handshake_traffic_secret ssl_fc_client_traffic_secret_0
    ssl_fc_early_exporter_secret ssl_fc_ecformats_bin ssl_fc_err_str@2.5 ssl_fc_exporter_secret ssl_fc_npn ssl_fc_protocol
    ssl_fc_server_handshake_traffic_secret ssl_fc_server_traffic_secret_0 ssl_fc_sni ssl_s_key_alg ssl_s_notafter ssl_s_notbefore
    ssl_s_sig_alg ssl_c_san@3.1 ssl_fc_curve@2.9 fs.id@2.9 ssl_bc_client_early_traffic_secret@3.2 ssl_bc_exporter_secret@3.2
    ssl_bc_client_handshake_traffic_secret@3.2 ssl_bc_client_traffic_secret_0@3.2 ssl_bc_early_exporter_secret@3.2
    ssl_bc_server_handshake_traffic_secret@3.2 ssl_bc_server_traffic_secret_0@3.2`,
  ],
  [TLS, 'bin', '?i', 'ssl_fc_cipherlist_hex ssl_fc_sigalgs_bin@2.9 ssl_fc_supported_versions_bin@2.9'],
  [
    TLS,
    'str',
    '?i',
    'ssl_fc_cipherlist_bin ssl_fc_cipherlist_str ssl_fc_eclist_bin ssl_fc_extlist_bin fs.debug_str@2.9',
  ],
  [TLS, 'str', '?sis', 'ssl_c_i_dn ssl_c_s_dn ssl_f_i_dn ssl_f_s_dn ssl_s_i_dn ssl_s_s_dn ssl_c_r_dn@2.9'],
  [TLS, 'str', 's', 'fc_pp_tlv@2.9'],
  [KEPT, 'bool', '', 'http_first_req req.proto_http req_proto_http'],
  [KEPT, 'meth', '', 'method'],
  [KEPT, 'str', '', 'capture.req.method capture.req.uri capture.req.ver capture.res.ver'],
  [KEPT, 'str', 'i', 'capture.req.hdr'],
  [KEPT, 'int', '', 'txn.timer.total@3.0 txn.timer.user@3.0'],
  [KEPT, 'int', '?s', 'request_date@3.0'],
  [CONTENT, 'str', '?si', 'hdr'],
  [CONTENT, 'str', '?s', 'cookie'],
  [CONTENT, 'bin', 'ii', 'payload'],
  [CONTENT, 'bin', 'ol?s', 'payload_lv'],
  [CONTENT, 'bin', 's?i', 'distcc_body'],
  [CONTENT, 'int', 's?i', 'distcc_param'],
  [
    CONTENT,
    'int',
    '',
    'internal.htx.data internal.htx.free internal.htx.free_data internal.htx.nbblks internal.htx.size internal.htx.used',
  ],
  [CONTENT, 'bool', '', 'internal.htx.has_eom'],
  [
    CONTENT,
    'str',
    's',
    `internal.htx_blk.data internal.htx_blk.hdrname internal.htx_blk.hdrval internal.htx_blk.size internal.htx_blk.start_line
    internal.htx_blk.type`,
  ],
  [REQUEST, 'bool', '', 'req.ssl_ec_ext'],
  [REQUEST, 'ipv4', '', 'url_ip'],
  [
    REQUEST,
    'int',
    '',
    `base32 req.body_len req.body_size req.len req.ssl_hello_type req.ssl_st_ext req.ssl_ver req_len req_ssl_hello_type req_ssl_ver url32
    url_port req.timer.hdr@2.9 req.timer.idle@2.9 req.timer.tq@2.9`,
  ],
  [
    REQUEST,
    'str',
    '',
    `base baseq fcgi.docroot fcgi.index http_auth_pass http_auth_type http_auth_user path pathq req.ssl_alpn req.ssl_sni req.ver
    req_ssl_sni req_ver url`,
  ],
  [REQUEST, 'str', '', 'query'],
  [REQUEST, 'bin', '', 'base32+src req.body req.hdrs req.hdrs_bin url32+src'],
  [REQUEST, 'addr', '?si', 'hdr_ip req.hdr_ip'],
  [REQUEST, 'int', '?si', 'hdr_val req.hdr_val'],
  [REQUEST, 'str', '?si', 'req.fhdr req.hdr'],
  [REQUEST, 'int', '?ss', 'urlp_val'],
  [REQUEST, 'str', '?ss', 'url_param urlp'],
  [REQUEST, 'bin', '?s', 'req.body_param'],
  [
    REQUEST,
    'int',
    '?s',
    'cook_cnt cook_val hdr_cnt rdp_cookie_cnt req.cook_cnt req.cook_val req.fhdr_cnt req.hdr_cnt req.rdp_cookie_cnt',
  ],
  [REQUEST, 'int', '?s', 'req_rdp_cookie_cnt'],
  [
    REQUEST,
    'str',
    '?s',
    'cook http_auth_bearer@2.5 rdp_cookie req.cook req.hdr_names req.rdp_cookie req_rdp_cookie req.cook_names@2.9',
  ],
  [REQUEST, 'bin', 'ii', 'req.payload'],
  [REQUEST, 'bin', 'ol?s', 'req.payload_lv'],
  [REQUEST, 'bool', 'u', 'http_auth'],
  [REQUEST, 'str', 'u', 'http_auth_group'],
  [RESPONSE, 'bin', '', 'res.body res.hdrs res.hdrs_bin'],
  [RESPONSE, 'int', '', 'rep_ssl_hello_type res.body_len res.body_size res.len res.ssl_hello_type res.timer.hdr@2.9'],
  [RESPONSE, 'str', '', 'res.ver resp_ver'],
  [RESPONSE, 'addr', '?si', 'res.hdr_ip shdr_ip'],
  [RESPONSE, 'int', '?si', 'res.hdr_val shdr_val'],
  [RESPONSE, 'str', '?si', 'res.fhdr res.hdr shdr'],
  [RESPONSE, 'int', '?s', 'res.cook_cnt res.cook_val res.fhdr_cnt res.hdr_cnt scook_cnt scook_val shdr_cnt'],
  [RESPONSE, 'str', '?s', 'res.cook res.hdr_names scook res.cook_names@2.9'],
  [RESPONSE, 'bin', 'ii', 'res.payload'],
  [RESPONSE, 'bin', 'ol?s', 'res.payload_lv'],
  [BACK, 'bin', '', 'ssl_bc_client_random ssl_bc_server_random ssl_bc_session_id ssl_bc_session_key ssl_bc_unique_id'],
  [BACK, 'bool', '', 'res.comp ssl_bc ssl_bc_is_resumed bc_reused@3.1 txn.redispatched@3.0'],
  [
    BACK,
    'int',
    '',
    `bc_dst bc_dst_port bc_err@2.6 bc_http_major bc_src bc_src_port ssl_bc_alg_keysize ssl_bc_err@2.6 ssl_bc_use_keysize status
    bc_be_queue@3.0 bc_glitches@2.8 bc_nb_streams@3.0 bc_settings_streams_limit@3.0 bc_srv_queue@3.0 bc.timer.connect@2.9 bs.aborted@2.9
    bs.id@2.9 bs.rst_code@2.9 req.timer.queue@2.9 server_status@3.0 txn.conn_retries@3.0 txn.status@3.0`,
  ],
  [
    BACK,
    'str',
    '',
    `bc_err_str@2.6 bc_err_name@3.0 res.comp_algo ssl_bc_alpn ssl_bc_cipher ssl_bc_err_str@2.6 ssl_bc_npn ssl_bc_protocol ssl_bc_curve@2.9
    ssl_bc_sni@3.1`,
  ],
  [BACK, 'str', 'i', 'capture.res.hdr'],
  [BACK, 'str', '?i', 'bs.debug_str@2.9'],
  [[10, 19], 'bool', '', 'res.cache_hit'],
  [[10, 19], 'int', '', 'srv_id'],
  [[10, 19], 'str', '', 'res.cache_name srv_name'],
  [[9, 18], 'int', '', 'res.timer.data@2.9'],
  [
    BACKEND,
    'int',
    '',
    'be_id be_server_timeout@2.5 be_tunnel_timeout@2.5 cur_server_timeout@2.5 cur_tunnel_timeout@2.5',
  ],
  [BACKEND, 'str', '', 'be_name'],
]

/** What a tracked counter tells; `_` stands before the family's words. */
const COUNTED =
  `bytes_in_rate bytes_out_rate conn_cnt conn_cur conn_rate get_gpc0 get_gpc1 get_gpt0 gpc0_rate gpc1_rate http_err_cnt http_err_rate
  http_fail_cnt http_fail_rate http_req_cnt http_req_rate kbytes_in kbytes_out sess_cnt sess_rate clr_gpc0 clr_gpc1 inc_gpc0 inc_gpc1
  glitch_cnt@3.0 glitch_rate@3.0`.split(/\s+/)
const OF_ARRAYS = 'get_gpc@2.5 get_gpt@2.5 gpc_rate@2.5 inc_gpc@2.5 clr_gpc@2.5'.split(' ')

function counterGroups(): Group[] {
  const named = (prefix: string, words: readonly string[]) => words.map((word) => `${prefix}_${word}`).join(' ')
  return [
    [INTERNAL, 'int', 'i?t', `${named('sc', COUNTED)} sc_trackers`],
    [INTERNAL, 'bool', 'i?t', 'sc_tracked'],
    [INTERNAL, 'int', 'ii?t', named('sc', OF_ARRAYS)],
    [INTERNAL, 'any', 'i', 'sc_key@3.1'],
    ...['sc0', 'sc1', 'sc2'].flatMap((family): Group[] => [
      [INTERNAL, 'int', '?t', `${named(family, COUNTED)} ${family}_trackers`],
      [INTERNAL, 'bool', '?t', `${family}_tracked`],
      [INTERNAL, 'any', '', `${family}_key@3.1`],
    ]),
    [INTERNAL, 'int', 'i?t', 'sc1_clr_gpc@2.5'],
    [INTERNAL, 'int', '?t', `${named('src', COUNTED)} src_updt_conn_cnt`],
    [INTERNAL, 'int', 'i?t', named('src', OF_ARRAYS)],
  ]
}

type ConverterGroup = readonly [takes: WordType, args: string, type: WordType, names: string]
const MATCHED = ['_beg', '_dir', '_dom', '_end', '_reg', '_str', '_sub']
const TABLE =
  `bytes_in_rate bytes_out_rate conn_cnt conn_cur conn_rate gpc0 gpc0_rate gpc1 gpc1_rate gpt0 http_err_cnt http_err_rate http_fail_cnt
  http_fail_rate http_req_cnt http_req_rate kbytes_in kbytes_out server_id sess_cnt sess_rate trackers glitch_cnt@3.0 glitch_rate@3.0
  clr_gpc0@3.1 clr_gpc1@3.1 inc_gpc0@3.1 inc_gpc1@3.1`.split(/\s+/)

const CONVERTER_GROUPS: readonly ConverterGroup[] = [
  ['int', 'n', 'int', 'add and div mod mul or sub xor'],
  ['int', '', 'int', 'cpl neg'],
  ['int', '', 'bool', 'bool even not odd'],
  ['int', '', 'bin', 'htonl'],
  ['int', '?is', 'str', 'http_date'],
  ['int', 's?i', 'str', 'ltime utime ms_ltime@2.9 ms_utime@2.9 us_ltime@2.9 us_utime@2.9'],
  ['int', '', 'str', 'x509_v_err_str@2.9'],
  ['bool', 'ss', 'str', 'iif'],
  ['str', '', 'str', 'cut_crlf@2.5 host_only@2.5 lower upper'],
  ['str', 's?ws', 'str', 'add_item@2.6'],
  ['str', '?sws', 'str', 'concat'],
  ['str', 'i', 'str', 'capture-req capture-res'],
  ['str', 'xs?i', 'str', 'field word'],
  ['str', '', 'int', 'hex2i length nbsrv port_only@2.5 srv_queue'],
  ['str', '', 'bool', 'srv_is_up@3.1'],
  ['str', '?s', 'str', 'json ltrim rtrim url_enc'],
  ['str', 's?s', 'any', 'json_query'],
  ['str', 's?s', 'str', 'language'],
  ['str', 'rs?s', 'str', 'regsub'],
  ['str', '?i', 'str', 'url_dec'],
  ['str', 'v', 'int', 'strcmp'],
  ['str', 's?s', 'str', 'param@2.8'],
  ['str', 's', 'str', 'rfc7239_field@2.8'],
  ['str', '', 'bool', 'rfc7239_is_valid@2.8'],
  ['any', '', 'str', 'rfc7239_n2nn@2.8 rfc7239_n2np@2.8'],
  ['str', '', 'any', 'rfc7239_nn@3.1 rfc7239_np@3.1'],
  ['str', '', 'int', 'date@3.1'],
  ['str', '', 'bin', 'b64dec ub64dec'],
  ['bin', '', 'str', 'base64 hex ub64enc base2@3.1'],
  ['bin', 's?ii', 'str', 'be2dec@2.5 be2hex@2.5 le2dec@3.1'],
  ['bin', 'i?i', 'bin', 'bytes'],
  ['bin', '?i', 'int', 'crc32 crc32c djb2 sdbm wt6 xxh3 xxh32 xxh64'],
  ['bin', 'isss', 'bin', 'aes_gcm_dec aes_gcm_enc@3.1'],
  ['bin', 's', 'bin', 'digest fix_tag_value'],
  ['bin', 'ss', 'bin', 'hmac'],
  ['bin', '', 'bin', 'sha1'],
  ['bin', '?i', 'bin', 'sha2'],
  ['bin', '', 'bool', 'fix_is_valid mqtt_is_valid'],
  ['bin', 'ss', 'str', 'mqtt_field_value'],
  ['bin', 'v', 'bool', 'secure_memcmp'],
  ['bin', '?ss', 'any', 'jwt_header_query@2.5 jwt_payload_query@2.5'],
  ['bin', 'ss', 'int', 'jwt_verify@2.5'],
  ['bin', 's?s', 'bin', 'protobuf ungrpc'],
  ['addr', 'm?M', 'addr', 'ipmask'],
  ['any', '?ss', 'any', 'debug'],
  ['any', 'v?ssss', 'any', 'set-var'],
  ['any', 'v', 'any', 'unset-var'],
  ['any', 's?ss', 'any', 'when@3.0'],
  ['any', 't', 'bool', 'in_table'],
  ['any', 't', 'int', TABLE.map((word) => `table_${word}`).join(' ')],
  ['any', 't?i', 'int', 'table_expire@2.6 table_idle@2.6'],
  ['any', 'it', 'int', 'table_gpc@2.5 table_gpc_rate@2.5 table_gpt@2.5 table_inc_gpc@3.1 table_clr_gpc@3.1'],
  ['str', 's?s', 'str', `map map_regm ${MATCHED.map((method) => `map${method}`).join(' ')}`],
  ['str', 's?i', 'int', MATCHED.map((method) => `map${method}_int`).join(' ')],
  ['str', 's?s', 'addr', MATCHED.map((method) => `map${method}_ip`).join(' ')],
  ['str', 's', 'str', MATCHED.map((method) => `map${method}_key@2.9`).join(' ')],
  ['int', 's?s', 'str', 'map_int map_int_key@2.9'],
  ['int', 's?i', 'int', 'map_int_int'],
  ['int', 's?s', 'addr', 'map_int_ip'],
  ['addr', 's?s', 'str', 'map_ip map_ip_key@2.9'],
  ['addr', 's?i', 'int', 'map_ip_int'],
  ['addr', 's?s', 'addr', 'map_ip_ip'],
]

/** Every fetch, with what is known of it. */
export const SAMPLE_WORDS: ReadonlyMap<string, SampleWord> = new Map(
  [...GROUPS, ...counterGroups()].flatMap(([[from, to], type, args, names]) =>
    namesOf(names).map((name) => [name, { type, args, from, to }] as const),
  ),
)
/** Every converter, with what it takes and yields. */
export const CONVERTER_WORDS: ReadonlyMap<string, ConverterWord> = new Map(
  CONVERTER_GROUPS.flatMap(([takes, args, type, names]) =>
    namesOf(names).map((name) => [name, { takes, type, args }] as const),
  ),
)
export const FETCH_VOCABULARY: Vocabulary = readVocabulary(
  [...GROUPS, ...counterGroups()].map((group) => group[3]).join(' '),
)
export const CONVERTER_VOCABULARY: Vocabulary = readVocabulary(CONVERTER_GROUPS.map((group) => group[3]).join(' '))

function namesOf(list: string): string[] {
  return list.split(/\s+/).map((entry) => entry.replace(/@.*/, ''))
}
