import { approveRequest, cancelRequest, denyRequest } from './decide-approval.ts'
import { hearAnswer, hearMessage } from './hear-message.ts'
import type { Conversation, Ports } from './ports.ts'
import { showHome } from './show-home.ts'

/** What comes in from Slack, each kind to its way. */
export function conversationOf(ports: Ports): Conversation {
  return {
    heard: (message) => hearMessage(ports, message),
    clicked: (click) => {
      switch (click.action) {
        case 'approve':
          return approveRequest(ports, click)
        case 'cancel':
          return cancelRequest(ports, click)
        case 'answer':
          return hearAnswer(ports, click)
      }
    },
    denied: (denial) => denyRequest(ports, denial),
    homeOpened: (slackUser) => showHome(ports, slackUser),
  }
}
