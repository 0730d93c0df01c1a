-- Version 2 of the terms of reordering: what an order and keeping cost, so that orders are proposed before anybody has published terms of the
-- own. An order costs NT$600, two hours of an employee's work from the requisition to the paid invoice at NT$300; keeping costs 20 % of the
-- price in a year (money tied up, space, insurance, shrinkage), the rate of the textbook example to which order sizes are tested. Both are
-- starting values, to be replaced by a version with the company's own. A site that has published terms keeps them.
INSERT INTO reorder_policies
  (name, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator, period, history_days,
   size_smoothing_bp, interval_smoothing_bp, regular_interval_hundredths, stale_intervals, service_level_bp, review_days, order_cost_minor,
   currency_code, holding_bp, least_deliveries, delivery_days)
SELECT
  'reorderPolicies/default-costs',
  '隨系統提供的起始值：每次訂購成本新臺幣六百元（自請購至付款約兩小時人工，每小時三百元），每年持有成本為價格的 20%（資金、倉儲、保險、損耗）；請依公司實際成本發布新版本。',
  'STATE_PUBLISHED', '1970-01-01 00:00:01', 2, 'services/resource', '1970-01-01 00:00:01', '1', '1970-01-01 00:00:01', '1970-01-01 00:00:01',
  'services/resource', 'PERIOD_WEEK', 728, 1000, 1000, 132, 3, 9500, 1, 60000, 'TWD', 2000, 3, 730
FROM (SELECT COUNT(*) AS others FROM reorder_policies WHERE version > 1) AS published
WHERE published.others = 0;
