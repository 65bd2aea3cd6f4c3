//! Replies that the platform releases: what waits until something is stored or decided.

use super::receipts::{RecordReply, Reply};
use super::station::Station;
use crate::message::{Body, LvnengRecordAnswer, RecordAnswer, RecordAnswer53};
use crate::value::{Reserved, Scaled};
use device::{Answer, Output, Receipt};
use kernel::Timestamp;

impl Station {
    pub(super) fn resolve(
        &mut self,
        receipt: Receipt,
        answer: Answer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(reply) = self.receipts.redeem(receipt) else {
            return;
        };
        match (reply, answer) {
            (Reply::Record(record), Answer::Stored) => {
                self.remember_record(record.mark);
                self.answer_record(&record, out);
            }
            (Reply::Card { seq, card, black }, Answer::Card(verdict)) => {
                self.answer_card(seq, card, black, &verdict, now, out);
            }
            (Reply::Password { seq, card }, Answer::Card(verdict)) => {
                self.answer_password(seq, card, &verdict, out);
            }
            (reply @ Reply::Vin { .. }, Answer::Card(verdict)) => {
                let seq = match reply {
                    Reply::Vin { seq, .. } => seq,
                    _ => 0,
                };
                self.answer_vin(seq, &reply, &verdict, now, out);
            }
            // Silence, or what does not fit the question: the pile asks again.
            _ => {}
        }
        self.pump(now, out);
    }

    /// One answer to one record, in the form of its command.
    pub(super) fn answer_record(&self, reply: &RecordReply, out: &mut Output) {
        let reserved = Reserved::default();
        let body: Body = match (reply.cmd, reply.length) {
            (221, _) => RecordAnswer53 {
                reserved,
                gun_no: reply.gun_no,
                card_no: reply.card,
                internal_index: reply.index,
                fee_valid: 0,
                fee_original_yuan: Scaled(0),
                fee_discount_yuan: Scaled(0),
                fee_actual_yuan: Scaled(0),
                user_balance_yuan: Scaled(0),
                elec_actual_yuan: Scaled(0),
                service_actual_yuan: Scaled(0),
            }
            .into(),
            (_, 41) => LvnengRecordAnswer {
                reserved,
                gun_no: reply.gun_no,
                order_no: reply.order,
                internal_index: reply.index,
            }
            .into(),
            _ => RecordAnswer {
                reserved,
                gun_no: reply.gun_no,
                card_no: reply.card,
            }
            .into(),
        };
        self.write(reply.cmd, reply.seq, body, out);
    }
}
