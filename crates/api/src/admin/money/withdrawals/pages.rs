//! The operations of the two pages of withdrawals, with permissions of their own.

macro_rules! pages {
    (
        $module:ident, $kind:ident,
        view $view:literal, apply $apply:literal, audit $audit:literal, pay $pay:literal,
        reject $reject:literal, voucher $voucher:literal, query $query:literal,
        all $all:literal $list_id:literal $apply_id:literal,
        file $file:literal $file_id:literal,
        one $one:literal $show_id:literal,
        cancel $cancel:literal $cancel_id:literal,
        approve $approve:literal $approve_id:literal,
        refuse $refuse:literal $refuse_id:literal,
        send $send:literal $send_id:literal,
        paid $paid:literal $paid_id:literal,
        ask $ask:literal $ask_id:literal
    ) => {
        pub(in crate::admin) mod $module {
            use crate::Api;
            use crate::admin::money::withdrawals::{
                BankFileQuery, BankOrderOut, RejectionBody, WithdrawalVoucherBody, WithdrawNo,
                WithdrawalBody, WithdrawalOut, WithdrawalQuery, bank_file, page,
            };
            use crate::console::{Acting, Seen};
            use crate::envelope::{Answer, Envelope, ok};
            use crate::failure::Refusal;
            use crate::payload::{At, Filter, Payload};
            use crate::run_to_end::run_to_end;
            use crate::view::PageOut;
            use app::WithdrawalWish;
            use axum::extract::State;
            use domain::org::OrgType;
            use kernel::Fen;
            use utoipa_axum::router::OpenApiRouter;
            use crate::routes::routes;

            /// Its routes.
            pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
                OpenApiRouter::default()
                    .routes(routes!(list, apply))
                    .routes(routes!(file))
                    .routes(routes!(show))
                    .routes(routes!(cancel))
                    .routes(routes!(approve))
                    .routes(routes!(reject))
                    .routes(routes!(pay))
                    .routes(routes!(voucher))
                    .routes(routes!(ask))
            }

            /// Lists withdrawals, newest first.
            #[utoipa::path(
                get,
                path = $all,
                tag = "console",
                operation_id = $list_id,
                extensions(
                    ("x-access" = json!($view)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("org")),
                ),
                params(WithdrawalQuery),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<WithdrawalOut>>),
                )
            )]
            pub(crate) async fn list(
                State(api): State<Api>,
                Seen(scope): Seen,
                Filter(query): Filter<WithdrawalQuery>,
            ) -> Answer<PageOut<WithdrawalOut>> {
                page(&api, OrgType::$kind, scope, query).await
            }

            /// Asks for part of what is payable to one's own organisation. The sum is frozen.
            #[utoipa::path(
                post,
                path = $all,
                tag = "console",
                operation_id = $apply_id,
                extensions(
                    ("x-access" = json!($apply)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("org")),
                    ("x-audit" = json!("own")),
                ),
                request_body = WithdrawalBody,
                responses(
                    (status = 200, description = "It waits", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such account", body = Refusal),
                    (status = 409, description = "Less is payable, or a limit is reached",
                        body = Refusal),
                )
            )]
            pub(crate) async fn apply(
                State(api): State<Api>,
                Acting(actor): Acting,
                Payload(body): Payload<WithdrawalBody>,
            ) -> Answer<WithdrawalOut> {
                let wish = WithdrawalWish {
                    amount: Fen(body.amount_fen),
                    account_id: body.settlement_account_id,
                };
                let app = api.app().clone();
                let work =
                    async move { app.apply_withdrawal(&actor, OrgType::$kind, wish).await };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Lists what the bank is to pay, oldest first: with `format=csv` or `xlsx` the file
            /// for it.
            #[utoipa::path(
                get,
                path = $file,
                tag = "console",
                operation_id = $file_id,
                extensions(
                    ("x-access" = json!($pay)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                ),
                params(BankFileQuery),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<BankOrderOut>>),
                )
            )]
            pub(crate) async fn file(
                State(api): State<Api>,
                Filter(query): Filter<BankFileQuery>,
            ) -> Answer<PageOut<BankOrderOut>> {
                bank_file(&api, OrgType::$kind, query).await
            }

            /// Shows a withdrawal, with what its payee has to confirm.
            #[utoipa::path(
                get,
                path = $one,
                tag = "console",
                operation_id = $show_id,
                extensions(("x-access" = json!($view)), ("x-dataset" = json!("withdrawals"))),
                params(("withdraw_no" = String, Path, description = "Its number")),
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                )
            )]
            pub(crate) async fn show(
                State(api): State<Api>,
                At(WithdrawNo(no)): At<WithdrawNo>,
            ) -> Answer<WithdrawalOut> {
                Ok(ok(api.app().withdrawal(OrgType::$kind, &no).await?.into()))
            }

            /// Takes one's own withdrawal back before it is granted.
            #[utoipa::path(
                post,
                path = $cancel,
                tag = "console",
                operation_id = $cancel_id,
                extensions(
                    ("x-access" = json!($apply)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "Somebody else's, or decided", body = Refusal),
                )
            )]
            pub(crate) async fn cancel(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work =
                    async move { app.cancel_withdrawal(&actor, OrgType::$kind, &no).await };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Grants a withdrawal; a large one needs this from two persons.
            #[utoipa::path(
                post,
                path = $approve,
                tag = "console",
                operation_id = $approve_id,
                extensions(
                    ("x-access" = json!($audit)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "One's own, decided, or granted by the same \
                        person before", body = Refusal),
                )
            )]
            pub(crate) async fn approve(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work =
                    async move { app.approve_withdrawal(&actor, OrgType::$kind, &no).await };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Does not grant a withdrawal, or takes the grant back before it is paid.
            #[utoipa::path(
                post,
                path = $refuse,
                tag = "console",
                operation_id = $refuse_id,
                extensions(
                    ("x-access" = json!($reject)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                request_body = RejectionBody,
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "Paid, or on its way", body = Refusal),
                )
            )]
            pub(crate) async fn reject(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
                Payload(body): Payload<RejectionBody>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work = async move {
                    app.reject_withdrawal(&actor, OrgType::$kind, &no, &body.reason)
                        .await
                };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Lets a granted withdrawal go to its channel.
            #[utoipa::path(
                post,
                path = $send,
                tag = "console",
                operation_id = $send_id,
                extensions(
                    ("x-access" = json!($pay)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "Not granted, or the bank pays it",
                        body = Refusal),
                )
            )]
            pub(crate) async fn pay(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work = async move { app.pay_withdrawal(&actor, OrgType::$kind, &no).await };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Writes down that the bank has paid.
            #[utoipa::path(
                post,
                path = $paid,
                tag = "console",
                operation_id = $paid_id,
                extensions(
                    ("x-access" = json!($voucher)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                request_body = WithdrawalVoucherBody,
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "Not granted, or a channel pays it",
                        body = Refusal),
                )
            )]
            pub(crate) async fn voucher(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
                Payload(body): Payload<WithdrawalVoucherBody>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work = async move {
                    app.withdrawal_voucher(&actor, OrgType::$kind, &no, &body.voucher_no)
                        .await
                };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Asks the channel now what became of a withdrawal.
            #[utoipa::path(
                post,
                path = $ask,
                tag = "console",
                operation_id = $ask_id,
                extensions(
                    ("x-access" = json!($query)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("withdraw_no" = String, Path, description = "Its number")),
                responses(
                    (status = 200, description = "The withdrawal", body = Envelope<WithdrawalOut>),
                    (status = 404, description = "No such withdrawal", body = Refusal),
                    (status = 409, description = "No channel has it", body = Refusal),
                )
            )]
            pub(crate) async fn ask(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(WithdrawNo(no)): At<WithdrawNo>,
            ) -> Answer<WithdrawalOut> {
                let app = api.app().clone();
                let work =
                    async move { app.ask_about_withdrawal(&actor, OrgType::$kind, &no).await };
                Ok(ok(run_to_end(work).await?.into()))
            }
        }
    };
}

pages!(
    agents, Agent,
    view "finance.agent_withdraw.view", apply "finance.agent_withdraw.apply",
    audit "finance.agent_withdraw.audit", pay "finance.agent_withdraw.pay",
    reject "finance.agent_withdraw.reject", voucher "finance.agent_withdraw.upload_voucher",
    query "finance.agent_withdraw.query_channel",
    all "/api/v1/admin/agent-withdrawals" "list_agent_withdrawals" "apply_agent_withdrawal",
    file "/api/v1/admin/agent-withdrawals/bank-file" "agent_bank_file",
    one "/api/v1/admin/agent-withdrawals/{withdraw_no}" "show_agent_withdrawal",
    cancel "/api/v1/admin/agent-withdrawals/{withdraw_no}/cancel" "cancel_agent_withdrawal",
    approve "/api/v1/admin/agent-withdrawals/{withdraw_no}/approve" "approve_agent_withdrawal",
    refuse "/api/v1/admin/agent-withdrawals/{withdraw_no}/reject" "reject_agent_withdrawal",
    send "/api/v1/admin/agent-withdrawals/{withdraw_no}/pay" "pay_agent_withdrawal",
    paid "/api/v1/admin/agent-withdrawals/{withdraw_no}/voucher" "voucher_agent_withdrawal",
    ask "/api/v1/admin/agent-withdrawals/{withdraw_no}/query" "query_agent_withdrawal"
);

pages!(
    merchants, Merchant,
    view "finance.merchant_withdraw.view", apply "finance.merchant_withdraw.apply",
    audit "finance.merchant_withdraw.audit", pay "finance.merchant_withdraw.pay",
    reject "finance.merchant_withdraw.reject", voucher "finance.merchant_withdraw.upload_voucher",
    query "finance.merchant_withdraw.query_channel",
    all "/api/v1/admin/merchant-withdrawals" "list_merchant_withdrawals"
        "apply_merchant_withdrawal",
    file "/api/v1/admin/merchant-withdrawals/bank-file" "merchant_bank_file",
    one "/api/v1/admin/merchant-withdrawals/{withdraw_no}" "show_merchant_withdrawal",
    cancel "/api/v1/admin/merchant-withdrawals/{withdraw_no}/cancel" "cancel_merchant_withdrawal",
    approve "/api/v1/admin/merchant-withdrawals/{withdraw_no}/approve"
        "approve_merchant_withdrawal",
    refuse "/api/v1/admin/merchant-withdrawals/{withdraw_no}/reject" "reject_merchant_withdrawal",
    send "/api/v1/admin/merchant-withdrawals/{withdraw_no}/pay" "pay_merchant_withdrawal",
    paid "/api/v1/admin/merchant-withdrawals/{withdraw_no}/voucher"
        "voucher_merchant_withdrawal",
    ask "/api/v1/admin/merchant-withdrawals/{withdraw_no}/query" "query_merchant_withdrawal"
);
