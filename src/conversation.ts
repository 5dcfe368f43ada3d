import { checkEdit, confirmRequest, editRequest, startEditing } from './confirm-request.ts'
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
        case 'confirm':
          return confirmRequest(ports, click)
        case 'cancel':
          return cancelRequest(ports, click)
        case 'answer':
          return hearAnswer(ports, click)
      }
    },
    denied: (denial) => denyRequest(ports, denial),
    editing: (ask) => startEditing(ports, ask),
    checkEdit: (edit) => checkEdit(ports, edit),
    edited: (edit) => editRequest(ports, edit),
    homeOpened: (slackUser) => showHome(ports, slackUser),
  }
}
