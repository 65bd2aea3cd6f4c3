//! J23: a bill is taken back, because the charge goes on or its device corrects it.

use super::{lock_payer, post};
use crate::{App, AppError};
use domain::ledger::{Account, Journal, Line, Side, postings};
use domain::payer::{Payer, Sums};
use kernel::Fen;
use store::order_money::{MoneyState, OrderMoney};
use store::{Tx, commission};

impl App {
    /// Takes the present settlement back: those who earned give it back, and what was paid is
    /// held again, with as much of what was given back as is still there.
    pub(super) async fn take_bill_back(
        &self,
        tx: &mut Tx,
        money: &mut OrderMoney,
        actor: &str,
    ) -> Result<(), AppError> {
        let Some(settled) = money.settled.take() else {
            return Ok(());
        };
        let now = self.now();
        let (free, owed) = lock_payer(tx, &money.payer).await?;
        let order_no = money.order_no;
        let posted = postings::settle(
            order_no,
            &money.payer,
            &settled.capture,
            &settled.shares,
            settled.round,
        );
        let [bill, split] = posted;
        let again = held_again(free, settled.released);
        money.round += 1;
        let journals = [
            split.reversed("bill taken back"),
            paid_debts_return(bill.reversed("bill taken back"), &money.payer, owed),
            postings::extend(order_no, &money.payer, again, money.round),
        ];
        post(tx, &journals, actor, now).await?;
        commission::reverse_entries(tx.conn(), order_no).await?;
        self.take_reductions_back_in(tx, money, &settled).await?;
        money.held = money.held + settled.capture.held + again;
        money.state = MoneyState::Held;
        Ok(())
    }
}

/// As much as was given back, of the same kinds of money as far as they are still there.
fn held_again(free: Sums, released: Sums) -> Sums {
    let same = Sums {
        cash: free.cash.min(released.cash),
        gift: free.gift.min(released.gift),
    };
    same + (free - same).take(released.total() - same.total())
}

/// A debt of the order may have been paid since: that part is not owed any more and goes back to
/// where the payer's money is.
fn paid_debts_return(mut reversal: Journal, payer: &Payer, owed: Fen) -> Journal {
    if let Payer::Partner { .. } = payer {
        // Its account goes both ways.
        return reversal;
    }
    let debt = payer.debt();
    let Some(line) = reversal
        .lines
        .iter_mut()
        .find(|line| line.account == debt && line.side == Side::Credit)
    else {
        return reversal;
    };
    let still = owed.max(Fen::ZERO).min(line.amount);
    let paid = line.amount - still;
    line.amount = still;
    reversal.lines.retain(|line| line.amount > Fen::ZERO);
    if paid > Fen::ZERO {
        reversal.lines.push(Line {
            account: payer.purse().unwrap_or(Account::SuspenseUnmatched),
            side: Side::Credit,
            amount: paid,
        });
    }
    reversal
}

#[cfg(test)]
mod tests {
    use super::{held_again, paid_debts_return};
    use domain::ledger::postings::{self, Capture, Share};
    use domain::ledger::{Account, Income, MemberPurse};
    use domain::payer::{Payer, Sums};
    use kernel::{Fen, MemberId, OrderNo};

    #[test]
    fn the_same_kind_of_money_is_held_again() {
        let sums = |cash, gift| Sums {
            cash: Fen(cash),
            gift: Fen(gift),
        };
        assert_eq!(held_again(sums(900, 900), sums(0, 500)), sums(0, 500));
        assert_eq!(held_again(sums(900, 300), sums(0, 500)), sums(200, 300));
        assert_eq!(held_again(sums(100, 0), sums(0, 500)), sums(100, 0));
    }

    #[test]
    fn a_debt_that_was_paid_returns_to_the_wallet() {
        let payer = Payer::Wallet {
            member: MemberId(1),
        };
        let order = OrderNo::compose("APP", 1_729_407_600, 1).expect("legal parts");
        let capture = Capture {
            owed: Fen(500),
            ..Capture::default()
        };
        let share = Share {
            account: Account::Income(Income::ServiceOwn),
            amount: Fen(500),
        };
        let [bill, _] = postings::settle(order, &payer, &capture, &[share], 1);
        let reversal = paid_debts_return(bill.reversed("x"), &payer, Fen(200));
        assert_eq!(reversal.check(), Ok(()));
        let wallet = Account::Member(MemberId(1), MemberPurse::Cash);
        let back = reversal.lines.iter().find(|line| line.account == wallet);
        assert_eq!(back.map(|line| line.amount), Some(Fen(300)));
    }
}
